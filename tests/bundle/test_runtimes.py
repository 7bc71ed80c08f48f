"""Each format by its own runtime."""

import dataclasses
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lesion_pipeline.bundle.formats import FORMATS, SAFE, FormatName
from lesion_pipeline.bundle.runtimes import load_runtime, quickest
from lesion_pipeline.core.errors import BundleError
from tests.code_deps import ROOT
from tests.tiny import SIZE

pytestmark = pytest.mark.slow

IMAGES = np.random.default_rng(0).integers(0, 256, (37, SIZE, SIZE, 3), dtype=np.uint8)
SMALL: tuple[FormatName, ...] = ("tflite", "onnx")


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize(("bundle", "count"), [("many_formats", 7), ("lite0_formats", 1)])
def test_outputs_are_those_of_keras(
    name: FormatName, bundle: str, count: int, request: pytest.FixtureRequest
) -> None:
    folder = request.getfixturevalue(bundle)
    expected = load_runtime(folder, "keras")(IMAGES)
    outputs = load_runtime(folder, name)(IMAGES)
    assert outputs.dtype == expected.dtype == np.float32
    assert outputs.shape == expected.shape == (37, count)
    np.testing.assert_allclose(outputs, expected, atol=1e-5, rtol=1e-3)
    assert np.ptp(np.log(expected), axis=0).max() > 0.05  # the images aren't all the same to it


@pytest.mark.parametrize("name", SAFE)
def test_an_image_has_the_same_outputs_alone_and_among_others(
    name: FormatName, many_formats: Path
) -> None:
    predict = load_runtime(many_formats, name)
    together = predict(IMAGES)
    for place in (0, 36, 5):  # other batch sizes, back and forth
        np.testing.assert_allclose(
            predict(IMAGES[place : place + 1])[0], together[place], atol=1e-5
        )


@pytest.mark.parametrize("name", SMALL)
def test_a_small_runtime_does_not_load_tensorflow(name: FormatName, many_formats: Path) -> None:
    script = (
        "import sys; from pathlib import Path; import numpy as np\n"
        "from lesion_pipeline.bundle.formats import FORMATS\n"
        "from lesion_pipeline.bundle.runtimes import load_runtime, quickest\n"
        f"folder = Path({str(many_formats)!r}); quickest(folder, FORMATS)\n"
        f"load_runtime(folder, {name!r})(np.zeros((1, {SIZE}, {SIZE}, 3), np.uint8))\n"
        "print(*sys.modules)"
    )
    run = [sys.executable, "-c", script]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert not loaded & {"tensorflow", "keras", "pandas", "sklearn"}


def test_the_quickest_that_there_is(many_formats: Path, tmp_path: Path) -> None:
    assert quickest(many_formats, FORMATS) == "tflite"
    shutil.copy(many_formats / FORMATS["onnx"].file, tmp_path)
    assert quickest(tmp_path, FORMATS) == "onnx"
    with pytest.raises(BundleError, match=r"has none of model\.tflite"):
        quickest(tmp_path, ("tflite", "keras"))
    (tmp_path / FORMATS["onnx"].file).unlink()
    with pytest.raises(BundleError, match=r"has none of model\.tflite, model\.onnx, model\.keras"):
        quickest(tmp_path, FORMATS)


def test_a_runtime_that_is_not_installed(
    many_formats: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = dataclasses.replace(FORMATS["tflite"], package="no_such_package")
    monkeypatch.setitem(FORMATS, "tflite", other)
    assert quickest(many_formats, FORMATS) == "onnx"
    with pytest.raises(BundleError, match=r"model\.tflite needs the package no_such_package"):
        load_runtime(many_formats, "tflite")


@pytest.mark.parametrize("name", SAFE)
@pytest.mark.parametrize("content", [b"", b"no network", None])
def test_a_file_that_is_no_network(name: FormatName, content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / FORMATS[name].file
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BundleError, match=rf"incomplete bundle: .*{re.escape(path.name)} .+"):
        load_runtime(tmp_path, name)


@pytest.mark.parametrize("name", SMALL)
def test_half_a_file_is_refused(name: FormatName, many_formats: Path, tmp_path: Path) -> None:
    content = (many_formats / FORMATS[name].file).read_bytes()
    (tmp_path / FORMATS[name].file).write_bytes(content[: len(content) // 2])
    with pytest.raises(BundleError, match="can't be loaded"):
        load_runtime(tmp_path, name)


def test_a_saved_model_is_not_run(many_formats: Path) -> None:
    with pytest.raises(BundleError, match="saved_model: expected one of tflite, onnx, keras"):
        load_runtime(many_formats, "saved_model")
