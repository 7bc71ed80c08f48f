"""The view of a dermatoscope."""

import numpy as np

from lesion_pipeline.sample.noise import HEIGHT, WIDTH
from lesion_pipeline.sample.view import IMAGE_HEIGHT, IMAGE_WIDTH, photograph


def grey(level: float) -> np.ndarray:
    return np.full((3, HEIGHT, WIDTH), level, np.float32)


def test_a_photograph_is_600_by_450_pixels_in_colour() -> None:
    image = photograph(np.random.default_rng(1), grey(0.5))
    assert image.shape == (IMAGE_HEIGHT, IMAGE_WIDTH, 3) == (450, 600, 3)
    assert image.dtype == np.uint8


def test_the_same_random_numbers_give_the_same_photograph() -> None:
    one, two = (photograph(np.random.default_rng(1), grey(0.5)) for _ in range(2))
    np.testing.assert_array_equal(one, two)


def test_a_brighter_canvas_gives_a_brighter_photograph() -> None:
    for seed in range(3):
        dark, bright = (photograph(np.random.default_rng(seed), grey(x)) for x in (0.3, 0.7))
        assert bright.mean() > dark.mean() + 40


def test_the_middle_of_the_canvas_is_in_the_photograph() -> None:
    canvas = grey(0.9)
    canvas[:, HEIGHT // 2 - 30 : HEIGHT // 2 + 30, WIDTH // 2 - 30 : WIDTH // 2 + 30] = 0.1
    for seed in range(3):
        image = photograph(np.random.default_rng(seed), canvas).mean(axis=2)
        rows, _ = np.nonzero(image[100:350, 150:450] < image.mean() - 60)
        assert len(rows) > 1000
