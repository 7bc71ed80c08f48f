"""Loading: a bundle whose manifest is about another network is refused."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lesion_pipeline.bundle.formats import FILES, Format
from lesion_pipeline.core.errors import BundleError
from lesion_pipeline.serve.load import load_bundle, load_model
from tests.serve.test_foreign import IMAGES, convolution, network, saved
from tests.tiny import SIZE


def changed(bundle: Path, target: Path, **values: Any) -> Path:
    shutil.copytree(bundle, target / "bundle")
    path = target / "bundle" / "bundle.json"
    manifest = json.loads(path.read_text())
    for name, value in values.items():
        *parents, last = name.split("__")
        part = manifest
        for parent in parents:
            part = part[parent]
        part[last] = value
    path.write_text(json.dumps(manifest))
    return target / "bundle"


def facts(*kinds: Format) -> dict[str, Any]:
    figures = {"max_probability_difference": 0.0, "roc_auc_difference": 0.0, "agreement": 1.0}
    return {kind: {"file": FILES[kind], "bytes": 1} | figures for kind in kinds}


@pytest.mark.parametrize("kind", ["keras", "tflite", "onnx"])
def test_images_of_another_size(kind: Format, many_formats: Path, tmp_path: Path) -> None:
    formats = facts("keras", "tflite", "onnx")
    folder = changed(many_formats, tmp_path, formats=formats, image__size=SIZE // 2)
    file = re.escape(FILES[kind])
    with pytest.raises(BundleError, match=rf"{file}: no images of 32 x 32 \(image\.size\): \S"):
        load_bundle(folder, kind)


def test_images_of_a_size_that_no_memory_holds(bundle_folder: Path, tmp_path: Path) -> None:
    folder = changed(bundle_folder, tmp_path, image__size=10**8)
    with pytest.raises(BundleError, match=r"model\.keras: no images of 100000000 x 100000000"):
        load_bundle(folder)


def test_other_outputs(bundle_of_diagnoses: Path, tmp_path: Path) -> None:
    folder = changed(bundle_of_diagnoses, tmp_path, outputs=["malignant"])
    with pytest.raises(BundleError, match=r"model\.keras: expected 1 outputs, received 7$"):
        load_bundle(folder, "keras")


def test_views_that_no_network_averages(bundle_of_diagnoses: Path, tmp_path: Path) -> None:
    folder = changed(bundle_of_diagnoses, tmp_path, network__views=2)
    with pytest.raises(BundleError, match=r"bundle\.json: network\.views: Input should be 1, 4 or"):
        load_bundle(folder, "keras")


@pytest.mark.parametrize("runtime", ["auto", "tflite"])
def test_a_format_of_which_the_manifest_says_nothing_is_not_run(
    runtime: Any, many_formats: Path, tmp_path: Path
) -> None:
    """It may be left over from another bundle."""
    folder = changed(many_formats, tmp_path, formats=facts("onnx"))
    if runtime == "auto":
        shutil.copy(folder / "model.onnx", folder / "model.tflite")  # it would not load
        assert load_bundle(folder, runtime).threshold == 0.5
    else:
        with pytest.raises(BundleError, match=r"bundle has no tflite: expected one of onnx$"):
            load_bundle(folder, runtime)


def test_what_a_bundle_says_is_taken_over(bundle_of_diagnoses: Path, tmp_path: Path) -> None:
    bundle = load_bundle(changed(bundle_of_diagnoses, tmp_path, malignant=["bcc"]))
    assert bundle.malignant == ("bcc",)
    said = bundle.predict(np.zeros((1, SIZE, SIZE, 3), np.uint8))
    assert bundle.malignancy(said)[0] == said[0, bundle.outputs.index("bcc")]


def test_a_network_made_elsewhere(tmp_path: Path) -> None:
    file = saved(network(convolution("first")), tmp_path / "net.keras")
    plain = load_model(file, "unit", threshold=0.3)
    assert (plain.image.size, plain.image.resize, plain.threshold) == (8, "squash", 0.3)
    assert (plain.calibrator, plain.generated, load_model(file, "unit").threshold) == (
        None, False, None
    )  # fmt: skip
    mirrored = [np.flip(IMAGES, axis) for axis in ((), 1, 2, (1, 2))]
    each = [plain.predict(np.ascontiguousarray(side)) for side in mirrored]
    said = load_model(file, "unit", views=4).predict(IMAGES)
    assert np.ptp(each, axis=0).max() > 1e-5
    np.testing.assert_allclose(said, np.mean(each, axis=0), atol=1e-6)
