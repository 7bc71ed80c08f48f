"""A generated lesion on its canvas."""

import numpy as np
import pytest

from lesion_pipeline.sample.lesion import Canvas, draw_shape, paint_lesion
from lesion_pipeline.sample.noise import HEIGHT, WIDTH
from lesion_pipeline.sample.traits import Traits


def bare(melanin: float = 0.1, blood: float = 0.1) -> Canvas:
    shape = (HEIGHT, WIDTH)
    return Canvas(
        np.full(shape, melanin, np.float32),
        np.full(shape, blood, np.float32),
        (0.9, 0.8, 0.7),
        np.zeros((3, *shape), np.float32),
    )


def test_more_pigment_is_darker_and_least_so_in_red() -> None:
    without, some, much = bare(0, 0), bare(1, 0), bare(2, 0)
    for canvas in (without, some, much):
        canvas.develop()
    np.testing.assert_allclose(without.rgb[:, 0, 0], [0.9, 0.8, 0.7], rtol=1e-5)
    first, second = (canvas.rgb[:, 0, 0] / without.rgb[:, 0, 0] for canvas in (some, much))
    np.testing.assert_allclose(first**2, second, rtol=1e-4)  # Beer and Lambert
    assert first[0] > first[1] > first[2]


def test_a_cover_is_laid_over_by_its_opacity() -> None:
    canvas = bare()
    opacity = np.zeros((HEIGHT, WIDTH), np.float32)
    opacity[0, :3] = (0, 0.5, 1)
    canvas.cover((1.0, 0.5, 0.2), opacity)
    np.testing.assert_allclose(canvas.rgb[:, 0, 0], 0)
    np.testing.assert_allclose(canvas.rgb[:, 0, 1], [0.5, 0.25, 0.1])
    np.testing.assert_allclose(canvas.rgb[:, 0, 2], [1, 0.5, 0.2], rtol=1e-6)


@pytest.mark.parametrize("size", [0.2, 0.8])
def test_a_shape_is_in_the_middle_and_as_large_as_its_trait(size: float) -> None:
    shape = draw_shape(np.random.default_rng(1), Traits(size=size))
    assert shape.mask.min() >= 0 and shape.mask.max() <= 1
    assert shape.mask[HEIGHT // 2, WIDTH // 2] > 0.9 and shape.mask[0, 0] < 0.1
    assert shape.depth.min() >= 0 and shape.depth.max() <= 1
    area = np.pi * shape.radius**2
    assert 0.4 * area < shape.mask.sum() < 2 * area


def test_a_lesion_is_darker_than_the_skin_around_it() -> None:
    canvas = bare()
    paint_lesion(np.random.default_rng(1), Traits(melanin=0.9), canvas)
    middle = canvas.rgb[:, HEIGHT // 2 - 20 : HEIGHT // 2 + 20, WIDTH // 2 - 20 : WIDTH // 2 + 20]
    corner = canvas.rgb[:, :20, :20]
    assert middle.mean() < 0.8 * corner.mean()
