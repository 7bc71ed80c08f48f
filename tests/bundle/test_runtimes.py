"""Each format by its own runtime."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lesion_pipeline.bundle.formats import FILES, Format
from lesion_pipeline.bundle.runtimes import PACKAGES, load_runtime, quickest
from lesion_pipeline.core.errors import BundleError
from tests.code_deps import ROOT
from tests.tiny import SIZE

IMAGES = np.random.default_rng(0).integers(0, 256, (37, SIZE, SIZE, 3), dtype=np.uint8)
SMALL: tuple[Format, ...] = ("tflite", "onnx")


@pytest.mark.parametrize("kind", SMALL)
@pytest.mark.parametrize(("bundle", "outputs"), [("many_formats", 7), ("lite0_formats", 1)])
def test_it_says_what_keras_says(
    kind: Format, bundle: str, outputs: int, request: pytest.FixtureRequest
) -> None:
    folder = request.getfixturevalue(bundle)
    expected = load_runtime(folder, "keras")(IMAGES)
    said = load_runtime(folder, kind)(IMAGES)
    assert said.dtype == expected.dtype == np.float32
    assert said.shape == expected.shape == (37, outputs)
    np.testing.assert_allclose(said, expected, atol=1e-5)
    assert np.ptp(expected, axis=0).max() > 1e-4  # the images aren't all the same to it


@pytest.mark.parametrize("kind", PACKAGES)
def test_an_image_gets_the_same_answer_alone_and_among_others(
    kind: Format, many_formats: Path
) -> None:
    predict = load_runtime(many_formats, kind)
    together = predict(IMAGES)
    for place in (0, 36, 5):  # other batch sizes, back and forth
        np.testing.assert_allclose(
            predict(IMAGES[place : place + 1])[0], together[place], atol=1e-5
        )


@pytest.mark.parametrize("kind", SMALL)
def test_a_small_runtime_does_not_load_tensorflow(kind: Format, many_formats: Path) -> None:
    script = (
        "import sys; from pathlib import Path; import numpy as np\n"
        "from lesion_pipeline.bundle.formats import FILES\n"
        "from lesion_pipeline.bundle.runtimes import load_runtime, quickest\n"
        f"folder = Path({str(many_formats)!r}); quickest(folder, FILES)\n"
        f"load_runtime(folder, {kind!r})(np.zeros((1, {SIZE}, {SIZE}, 3), np.uint8))\n"
        "print(*sys.modules)"
    )
    run = [sys.executable, "-c", script]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert not loaded & {"tensorflow", "keras", "pandas", "sklearn"}


def test_the_quickest_that_there_is(many_formats: Path, tmp_path: Path) -> None:
    assert quickest(many_formats, FILES) == "tflite"
    shutil.copy(many_formats / FILES["onnx"], tmp_path)
    assert quickest(tmp_path, FILES) == "onnx"
    with pytest.raises(BundleError, match=r"has none of model\.tflite"):
        quickest(tmp_path, ("tflite", "keras"))
    (tmp_path / FILES["onnx"]).unlink()
    with pytest.raises(BundleError, match=r"has none of model\.tflite, model\.onnx, model\.keras"):
        quickest(tmp_path, FILES)


def test_a_runtime_that_is_not_installed(
    many_formats: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PACKAGES, "tflite", "no_such_package")
    assert quickest(many_formats, FILES) == "onnx"
    with pytest.raises(BundleError, match=r"model\.tflite needs the package no_such_package"):
        load_runtime(many_formats, "tflite")


@pytest.mark.parametrize("kind", PACKAGES)
@pytest.mark.parametrize("content", [b"", b"no network", None])
def test_a_file_that_is_none(kind: Format, content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / FILES[kind]
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BundleError, match=rf"incomplete bundle: .*{re.escape(path.name)} .+"):
        load_runtime(tmp_path, kind)


@pytest.mark.parametrize("kind", ["tflite", "onnx"])
def test_half_a_file_is_refused(kind: Format, many_formats: Path, tmp_path: Path) -> None:
    content = (many_formats / FILES[kind]).read_bytes()
    (tmp_path / FILES[kind]).write_bytes(content[: len(content) // 2])
    with pytest.raises(BundleError, match="can't be loaded"):
        load_runtime(tmp_path, kind)


def test_a_saved_model_is_not_run(many_formats: Path) -> None:
    with pytest.raises(BundleError, match="saved_model: expected one of tflite, onnx, keras"):
        load_runtime(many_formats, "saved_model")
