"""The perceptual hash."""

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from lesion_pipeline.images import read_image
from lesion_pipeline.leakage.params import HASH_BITS, HASH_SIDE
from lesion_pipeline.leakage.phash import SIZE, signs, turned


def picture(seed: int, size: int = SIZE) -> NDArray[np.uint8]:
    """A smooth picture, drawn by a seed."""
    cells = np.random.default_rng(seed).integers(0, 256, (24, 24, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(cells).resize((size, size), Image.Resampling.BICUBIC))


def distance(first: NDArray[np.int8], second: NDArray[np.int8]) -> int:
    return int((first != second).sum())


def test_a_hash_is_255_signs() -> None:
    found = signs(picture(1))
    assert found.shape == (HASH_BITS,) == (255,) and found.dtype == np.int8
    assert set(found.tolist()) == {-1, 1}


def test_a_wave_has_the_sign_of_its_frequency() -> None:
    """A cosine of frequency 3 along the columns: bit 3 of the first row, and no other."""
    wave = np.cos(np.pi * 3 * (np.arange(SIZE) + 0.5) / SIZE)
    for sign in (1, -1):
        grey = np.tile(128 + 100 * sign * wave, (SIZE, 1)).round().astype(np.uint8)
        found = signs(np.stack([grey] * 3, axis=2))
        assert found[3 - 1] == sign


def test_what_does_not_vary_has_the_sign_of_nothing() -> None:
    """Columns of one colour each: all frequencies along the rows are 0, and so -1."""
    row = np.random.default_rng(0).integers(0, 256, (1, SIZE, 3), dtype=np.uint8)
    found = signs(np.tile(row, (SIZE, 1, 1)))
    assert (found[HASH_SIDE - 1 :] == -1).all() and (found[: HASH_SIDE - 1] == 1).any()


def test_colours_count_as_bright_as_they_are_to_the_eye() -> None:
    """A wave in red, one twice as strong against it in blue: .299 to .228."""
    wave = np.tile(np.cos(np.pi * 3 * (np.arange(SIZE) + 0.5) / SIZE), (SIZE, 1))
    image = np.stack([100 + 50 * wave, np.full_like(wave, 100), 100 - 100 * wave], axis=2)
    assert signs(image.round().astype(np.uint8))[3 - 1] == 1


@pytest.mark.parametrize("colour", [0, 90, 255])
def test_images_of_one_colour_are_all_the_same(colour: int) -> None:
    assert (signs(np.full((SIZE, SIZE, 3), colour, dtype=np.uint8)) == -1).all()


def test_brightness_and_contrast_make_no_difference() -> None:
    plain = picture(1)
    weak = (40 + 0.5 * plain).astype(np.uint8)
    assert distance(signs(plain), signs(weak)) <= 5


def test_a_copy_in_another_size_and_quality_is_nearly_the_same() -> None:
    def encoded(size: int, quality: int) -> bytes:
        target = io.BytesIO()
        Image.fromarray(picture(1, size)).save(target, "JPEG", quality=quality)
        return target.getvalue()

    first, second = (
        signs(read_image(encoded(size, quality), SIZE, "squash"))
        for size, quality in ((450, 95), (300, 60))
    )
    assert distance(first, second) <= 20


def test_other_images_differ_in_about_half_of_the_bits() -> None:
    hashes = [signs(picture(seed)) for seed in range(20)]
    found = [distance(a, b) for i, a in enumerate(hashes) for b in hashes[:i]]
    assert min(found) > 90 and abs(np.mean(found) - HASH_BITS / 2) < 5


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("mirrored", [False, True])
def test_turned_knows_every_turn_of_an_image(turns: int, mirrored: bool) -> None:
    plain = picture(1)
    other = np.rot90(plain[:, ::-1] if mirrored else plain, turns)
    found = turned(signs(plain)[None])[0]
    assert found.shape == (8, HASH_BITS)
    distances = [distance(row, signs(np.ascontiguousarray(other))) for row in found]
    assert sorted(distances)[0] == 0 and sorted(distances)[1] > 50


def test_the_first_turn_is_none() -> None:
    hashes = np.stack([signs(picture(seed)) for seed in range(3)])
    np.testing.assert_array_equal(turned(hashes)[:, 0], hashes)
