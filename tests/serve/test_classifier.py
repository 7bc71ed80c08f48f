"""Images in, probabilities out."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lesion_pipeline.bundle.results import ImageContract
from lesion_pipeline.core.errors import BundleError, DataError
from lesion_pipeline.core.labels import DIAGNOSES, MALIGNANT
from lesion_pipeline.images import read_image
from lesion_pipeline.serve.classifier import BATCH, Classifier
from lesion_pipeline.serve.inputs import find_images
from lesion_pipeline.serve.load import load_bundle
from tests.tiny import SIZE

SMALL = 8


def mean_red(images: np.ndarray) -> np.ndarray:
    """A network whose output is the mean of red."""
    return (images[..., 0].mean(axis=(1, 2), dtype=np.float32) / 255)[:, None]


def classifier() -> Classifier:
    contract = ImageContract(size=SMALL, resize="squash")
    return Classifier(mean_red, contract, ("malignant",), MALIGNANT, threshold=0.5)


@pytest.mark.slow
@pytest.mark.parametrize(("bundle", "count"), [("bundle_folder", 1), ("bundle_of_diagnoses", 7)])
def test_a_bundle_predicts(bundle: str, count: int, request: pytest.FixtureRequest) -> None:
    loaded = load_bundle(request.getfixturevalue(bundle))
    assert len(loaded.outputs) == count
    images = np.random.default_rng(0).integers(0, 256, (3, SIZE, SIZE, 3), dtype=np.uint8)
    probabilities = loaded.predict(images)
    assert probabilities.shape == (3, count) and probabilities.dtype == np.float32
    assert ((probabilities > 0) & (probabilities < 1)).all()


@pytest.mark.parametrize(
    ("images", "received"),
    [
        (np.zeros((1, 9, 9, 3), np.uint8), r"uint8 \(1, 9, 9, 3\)"),
        (np.zeros((1, SMALL, SMALL, 3), np.float32), r"float32 \(1, 8, 8, 3\)"),
    ],
)
def test_images_that_do_not_fit_are_refused(images: np.ndarray, received: str) -> None:
    expected = r"^expected images uint8 \(batch, 8, 8, 3\), received "
    with pytest.raises(BundleError, match=expected + received):
        classifier().predict(images)


def test_arrays_of_any_number_and_files(folder: Path) -> None:
    files = find_images(folder)
    images = np.stack([read_image(file, SMALL, "squash") for file in files] * 15)
    assert len(images) > BATCH
    outputs = classifier().predict(images)
    assert outputs.shape == (45, 1) and outputs.dtype == np.float32
    np.testing.assert_array_equal(outputs, mean_red(images))
    named = classifier().predict([str(file) for file in files])
    np.testing.assert_array_equal(named, outputs[:3])
    assert classifier().predict(images[:0]).shape == classifier().predict([]).shape == (0, 1)


def test_a_file_that_cannot_be_read_is_named(folder: Path) -> None:
    with pytest.raises(DataError, match=r"^none\.jpg: no such file$"):
        classifier().predict([folder / "0.jpg", "none.jpg"])


def test_one_image_or_several_of_any_kind(folder: Path) -> None:
    file = folder / "1.jpg"
    expected = classifier().predict([file])
    for one in (file, str(file), file.read_bytes(), Image.open(file)):
        np.testing.assert_array_equal(classifier().predict(one), expected)
    several = (one for one in (str(file), file.read_bytes(), Image.open(file)))
    np.testing.assert_array_equal(classifier().predict(several), np.repeat(expected, 3, axis=0))


def test_an_image_without_a_name_is_numbered(folder: Path) -> None:
    images = [folder / "0.jpg", b"no image", Image.new("L", (60, 60))]
    with pytest.raises(DataError, match=r"^image 2: can't be decoded: cannot identify image file$"):
        classifier().predict(images)
    with pytest.raises(DataError, match=r"^image 1: expected an RGB image, received mode L$"):
        classifier().predict(images[2])


def test_another_threshold_or_policy() -> None:
    network = replace(classifier(), policies={"youden": 0.25})
    assert network.with_threshold(0.75).threshold == 0.75
    assert network.with_threshold("youden").threshold == 0.25
    assert network.threshold == 0.5
    for wrong, message in (
        ("cost", "^no policy cost: expected one of youden$"),
        (1.5, r"^expected a threshold from 0 to 1, received 1\.5$"),
        (np.nan, "^expected a threshold from 0 to 1, received nan$"),
    ):
        with pytest.raises(BundleError, match=message):
            network.with_threshold(wrong)


def test_malignancy_is_the_sum_of_the_malignant_diagnoses() -> None:
    contract = ImageContract(size=SMALL, resize="squash")
    seven = Classifier(mean_red, contract, tuple(DIAGNOSES), ("mel", "bcc"), threshold=None)
    outputs = np.array([[0.1, 0.2, 0.05, 0.05, 0.3, 0.2, 0.1]], np.float32)  # akiec, bcc, ...
    np.testing.assert_allclose(seven.malignancy(outputs), [0.5], atol=1e-6)
    assert classifier().malignancy(outputs[:, :1]).dtype == np.float32


def test_files_come_back_in_order_with_reasons_between(folder: Path) -> None:
    (folder / "0a.jpg").write_text("no image")
    files = find_images(folder) * BATCH
    found = list(classifier().predict_files(iter(files), workers=3))
    for number, file in enumerate(files):
        if file.name == "0a.jpg":
            assert found[number] == "can't be decoded: cannot identify image file"
        else:
            expected = mean_red(read_image(file, SMALL, "squash")[None])[0]
            np.testing.assert_array_equal(found[number], expected)
