"""Encodings of the pixels in a record: what they keep, and that no library decides it."""

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from lesion_pipeline.records.encoding import encoded, pixels
from lesion_pipeline.records.manifest import Encoding
from lesion_pipeline.sample.drawing import draw_sample_image

SIZE = 96
PHOTO = np.asarray(Image.fromarray(draw_sample_image("encoding", "mel", 1, 4)).resize((SIZE, SIZE)))
NOISE = np.random.default_rng(0).integers(0, 256, (SIZE, SIZE, 3), dtype=np.uint8)


def round_trip(image: NDArray[np.uint8], encoding: Encoding) -> NDArray[np.uint8]:
    return np.asarray(pixels(encoded(image, encoding), encoding, SIZE).numpy(), np.uint8)


@pytest.mark.parametrize("encoding", ["raw", "png"])
@pytest.mark.parametrize("image", [PHOTO, NOISE], ids=["photo", "noise"])
def test_raw_and_png_keep_each_pixel(image: NDArray[np.uint8], encoding: Encoding) -> None:
    np.testing.assert_array_equal(round_trip(image, encoding), image)


def test_raw_is_the_values_alone() -> None:
    assert encoded(NOISE, "raw") == NOISE.tobytes()


def test_a_jpeg_changes_pixels_a_little() -> None:
    """By 1 of 255 grey levels in the mean for a small, rough picture, but not by nothing."""
    change = np.abs(round_trip(PHOTO, "jpeg").astype(int) - PHOTO)
    assert 0 < change.mean() < 2
    assert change.max() < 32


@pytest.mark.parametrize("image", [PHOTO, NOISE], ids=["photo", "noise"])
def test_tensorflow_and_pillow_decode_a_jpeg_to_the_same_pixels(image: NDArray[np.uint8]) -> None:
    """So neither has a choice; with TensorFlow's default, a faster transform, they differ."""
    by_pillow = np.asarray(Image.open(io.BytesIO(encoded(image, "jpeg"))))
    np.testing.assert_array_equal(round_trip(image, "jpeg"), by_pillow)


def test_a_photo_is_smaller_as_png_and_smallest_as_jpeg() -> None:
    raw, png, jpeg = (len(encoded(PHOTO, encoding)) for encoding in ("raw", "png", "jpeg"))
    assert raw == SIZE * SIZE * 3
    assert jpeg < png / 2 < raw / 2


@pytest.mark.parametrize("encoding", ["png", "jpeg"])
def test_equal_images_give_equal_bytes(encoding: Encoding) -> None:
    assert encoded(PHOTO, encoding) == encoded(PHOTO.copy(), encoding)
