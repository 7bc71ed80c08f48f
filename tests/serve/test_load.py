"""Loading: a bundle whose manifest describes another network is refused."""

import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lesion_pipeline.bundle.formats import FORMATS, FormatName
from lesion_pipeline.core.errors import BundleError
from lesion_pipeline.core.labels import DIAGNOSES
from lesion_pipeline.serve.load import load_bundle, load_model
from tests.bundle.changed import changed
from tests.serve.foreign_networks import IMAGES, convolution, network, saved
from tests.tiny import SIZE


def reports(*names: FormatName) -> dict[str, Any]:
    figures = {
        "max_probability_difference": 0.0, "roc_auc_difference": 0.0, "same_decisions": 1.0,
        "images": 1,
    }  # fmt: skip
    return {name: {"file": FORMATS[name].file, "bytes": 1} | figures for name in names}


def size(pixels: int) -> dict[str, int]:
    return {"image__size": pixels, "network__image_size": pixels}


@pytest.mark.parametrize("name", ["keras", "tflite", "onnx"])
def test_images_of_another_size(name: FormatName, many_formats: Path, tmp_path: Path) -> None:
    formats = reports("keras", "tflite", "onnx")
    folder = changed(many_formats, tmp_path, formats=formats, **size(SIZE // 2))
    file = re.escape(FORMATS[name].file)
    with pytest.raises(BundleError, match=rf"{file}: no images of 32 x 32 \(image\.size\): \S"):
        load_bundle(folder, name)


def test_images_of_a_size_that_no_memory_holds(bundle_folder: Path, tmp_path: Path) -> None:
    folder = changed(bundle_folder, tmp_path, **size(10**8))
    with pytest.raises(BundleError, match=r"model\.keras: no images of 100000000 x 100000000"):
        load_bundle(folder, "keras")


def test_other_outputs(bundle_of_diagnoses: Path, tmp_path: Path) -> None:
    folder = changed(bundle_of_diagnoses, tmp_path, network__outputs=["malignant"])
    with pytest.raises(BundleError, match=r"model\.keras: expected 1 outputs, received 7$"):
        load_bundle(folder, "keras")


@pytest.mark.parametrize("runtime", ["auto", "tflite"])
def test_a_format_that_the_manifest_does_not_list_is_not_run(
    runtime: Any, many_formats: Path, tmp_path: Path
) -> None:
    """It may be left over from another bundle."""
    folder = changed(many_formats, tmp_path, formats=reports("onnx"))
    if runtime == "auto":
        shutil.copy(folder / "model.onnx", folder / "model.tflite")  # it would not load
        assert load_bundle(folder, runtime).outputs == tuple(DIAGNOSES)
    else:
        with pytest.raises(BundleError, match=r"bundle has no tflite: expected one of onnx$"):
            load_bundle(folder, runtime)


def test_the_facts_of_a_manifest_are_used(bundle_of_diagnoses: Path, tmp_path: Path) -> None:
    only = {"network__malignant": ["bcc"], "data__malignant": ["bcc"]}
    folder = changed(bundle_of_diagnoses, tmp_path, operating_point__threshold=0.125, **only)
    bundle = load_bundle(folder)
    assert (bundle.malignant, bundle.threshold, bundle.generated) == (("bcc",), 0.125, True)
    outputs = bundle.predict(np.zeros((1, SIZE, SIZE, 3), np.uint8))
    assert bundle.malignancy(outputs)[0] == outputs[0, bundle.outputs.index("bcc")]


def test_a_network_made_elsewhere(tmp_path: Path) -> None:
    file = saved(network(convolution("first")), tmp_path / "net.keras")
    plain = load_model(file, "unit", threshold=0.3)
    assert (plain.image.size, plain.image.resize, plain.threshold) == (8, "squash", 0.3)
    assert (plain.calibrator, plain.generated, load_model(file, "unit").threshold) == (
        None, False, None
    )  # fmt: skip
    mirrored = [np.flip(IMAGES, axis) for axis in ((), 1, 2, (1, 2))]
    each = [plain.predict(np.ascontiguousarray(side)) for side in mirrored]
    outputs = load_model(file, "unit", tta=4).predict(IMAGES)
    assert np.ptp(each, axis=0).max() > 1e-5
    np.testing.assert_allclose(outputs, np.mean(each, axis=0), atol=1e-6)


def test_copies_that_the_network_averages_itself_are_not_averaged_again(
    bundle_of_diagnoses: Path,
) -> None:
    """The network of this bundle averages four copies, so more than these are needed to differ."""
    images = np.random.default_rng(0).integers(0, 256, (2, SIZE, SIZE, 3), dtype=np.uint8)
    plain, four, eight = (
        load_bundle(bundle_of_diagnoses, tta=n).predict(images) for n in (1, 4, 8)
    )
    np.testing.assert_array_equal(plain, four)
    transposed = load_bundle(bundle_of_diagnoses).predict(images.transpose(0, 2, 1, 3).copy())
    assert np.abs(plain - transposed).max() > 1e-6
    np.testing.assert_allclose(eight, (plain + transposed) / 2, atol=1e-6)


@pytest.mark.parametrize("name", ["bundle.json", "model.keras"])
def test_an_incomplete_bundle_is_refused(name: str, bundle_folder: Path, tmp_path: Path) -> None:
    folder = changed(bundle_folder, tmp_path)
    (folder / name).unlink()
    with pytest.raises(BundleError, match=rf"incomplete bundle: .*{re.escape(name)}"):
        load_bundle(folder, "keras")


def test_a_wrong_key_is_named(bundle_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"bundle\.json: operating_point\.threshold: "):
        load_bundle(changed(bundle_folder, tmp_path, operating_point__threshold=7))
