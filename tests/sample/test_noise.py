"""Brushes of the generated sample: what they draw, and that a seed decides it."""

import numpy as np
import pytest

from lesion_pipeline.sample import noise as module
from lesion_pipeline.sample.noise import (
    HEIGHT,
    WIDTH,
    blobs,
    cells,
    fractal,
    grid,
    noise,
    scatter,
    smoothstep,
    stream,
    strokes,
    walk,
)


def generator(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_a_stream_is_a_function_of_its_key() -> None:
    assert stream(1, "a", "view").random() == stream(1, "a", "view").random()
    keys = [(1, "a"), (2, "a"), (1, "b"), ("a", 1)]
    assert len({stream(*key).random() for key in keys}) == len(keys)


def test_the_grid_is_x_and_y_and_read_only() -> None:
    x, y = grid(2)
    assert x.shape == y.shape == (HEIGHT // 2, WIDTH // 2)
    assert (x[3, 5], y[3, 5]) == (10, 6)
    with pytest.raises(ValueError, match="read-only"):
        x[0, 0] = 1


@pytest.mark.parametrize(("low", "high"), [(2, 6), (6, 2)])
def test_smoothstep_goes_from_0_at_low_to_1_at_high(low: float, high: float) -> None:
    values = np.array([low - (high - low), low, (low + high) / 2, high, 2 * high - low], np.float32)
    assert smoothstep(values, low, high).tolist() == [0, 0, 0.5, 1, 1]


@pytest.mark.parametrize("cell", [9, 40, 150])
def test_noise_has_about_unit_deviation_and_no_mean(cell: float) -> None:
    fields = np.stack([noise(generator(seed), cell) for seed in range(8)])
    assert fields.shape[1:] == (HEIGHT, WIDTH)
    assert abs(fields.mean()) < 0.35 and 0.7 < fields.std() < 1.3


def test_noise_of_a_larger_cell_is_smoother() -> None:
    steps = [float(np.abs(np.diff(noise(generator(), cell))).mean()) for cell in (10, 40, 160)]
    assert steps[0] > 3 * steps[1] > 9 * steps[2]


def test_octaves_add_finer_detail() -> None:
    smooth, rough = (fractal(generator(), 120, octaves) for octaves in (1, 5))
    assert np.abs(np.diff(rough)).mean() > 2 * np.abs(np.diff(smooth)).mean()


def test_cells_have_a_distance_from_their_centres_and_from_their_walls() -> None:
    centre, wall = cells(generator(), 30)
    assert centre.shape == wall.shape == (HEIGHT, WIDTH)
    assert 0 < np.median(centre) < 1 and centre.max() < 2
    assert wall.min() < 0.05 < np.median(wall)  # 0 on a wall; enlarging blurs a little


def test_places_are_scattered_where_they_may_be() -> None:
    left = np.zeros((HEIGHT, WIDTH), np.float32)
    left[:, : WIDTH // 2] = 1
    places = scatter(generator(), 50, left)
    assert len(places) == 50 and max(x for x, _ in places) < WIDTH // 2
    assert scatter(generator(), 50, np.zeros_like(left)) == []


def test_a_blob_is_1_inside_and_0_outside() -> None:
    field = blobs(generator(), [(200.0, 100.0)], (20, 20), 0.2)
    assert field[100, 200] == 1
    x, y = grid()
    far = np.hypot(x - 200, y - 100) > 40
    assert field[far].max() == 0 and field.min() == 0
    assert 0.4 * 20**2 * np.pi < field.sum() < 1.3 * 20**2 * np.pi  # an oval in a disc


def test_a_blob_over_the_edge_is_cut_off() -> None:
    assert blobs(generator(), [(0.0, 0.0)], (20, 20), 0.2)[0, 0] == 1


def test_a_stroke_is_as_wide_as_told() -> None:
    field = strokes([[(100.0, 50.0, 6.0), (200.0, 50.0, 6.0)]])
    assert field[50, 150] == 1 and field[50, 250] == 0 and field[60, 150] == 0
    assert field[:, 150].sum() == pytest.approx(6, abs=1)


def test_a_walk_is_straight_without_bend_and_thins_out() -> None:
    course = walk(generator(), (10.0, 20.0), 0.0, 60.0, 4.0, 0.0)
    assert [round(x) for x, _, _ in course] == list(range(16, 71, 6))  # ten steps to the right
    assert {round(y, 6) for _, y, _ in course} == {20}
    assert (course[0][2], course[-1][2]) == (4.0, pytest.approx(1.8))


def test_a_walk_with_bend_wanders() -> None:
    course = walk(generator(), (10.0, 20.0), 0.0, 60.0, 4.0, 0.5)
    assert len({round(y, 6) for _, y, _ in course}) == 10


def test_the_canvas_is_larger_than_an_image() -> None:
    assert (module.WIDTH, module.HEIGHT) > (600, 450)
