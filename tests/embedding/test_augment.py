import numpy as np
import pytest

from lesion_pipeline.embedding.augment import COLUMNS, augment, draw_plan
from lesion_pipeline.features.params import AugmentParams

STILL = AugmentParams(
    flips=False, quarter_turns=False, rotation_degrees=0, zoom=0, brightness=0, contrast=0
)
RANGES = AugmentParams(
    flips=True, quarter_turns=True, rotation_degrees=30, zoom=0.2, brightness=0.1, contrast=0.3
)
NOTHING = {
    "mirror": 1.0, "flip": 1.0, "radians": 0.0, "zoom": 1.0, "brightness": 1.0, "contrast": 1.0,
}  # fmt: skip
IMAGE = np.random.default_rng(0).integers(0, 256, (1, 32, 32, 3), dtype=np.uint8)
SMOOTH = np.tile(np.linspace(40, 200, 32).astype(np.uint8)[None, None, :, None], (1, 32, 1, 3))


def apply(image: np.ndarray, **changes: float) -> np.ndarray:
    plan = np.array([[({**NOTHING, **changes})[name] for name in COLUMNS]], np.float32)
    return augment(image, plan).numpy()


def test_no_change_is_no_change() -> None:
    assert (draw_plan(3, STILL, [1]) == list(NOTHING.values())).all()
    np.testing.assert_array_equal(apply(IMAGE), IMAGE)


def test_mirror_swaps_left_and_right() -> None:
    np.testing.assert_array_equal(apply(IMAGE, mirror=-1), IMAGE[:, :, ::-1])


def test_flip_swaps_top_and_bottom() -> None:
    np.testing.assert_array_equal(apply(IMAGE, flip=-1), IMAGE[:, ::-1])


@pytest.mark.parametrize("size", [32, 65, 224])
@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_quarter_turn_moves_pixels_and_changes_none(size: int, turns: int) -> None:
    image = np.random.default_rng(size).integers(0, 256, (1, size, size, 3), dtype=np.uint8)
    turned = apply(image, radians=turns * np.pi / 2)
    np.testing.assert_array_equal(turned, np.rot90(image, turns, axes=(1, 2)))


def test_zoom_above_one_enlarges() -> None:
    image = np.zeros((1, 32, 32, 3), np.uint8)
    image[:, 12:20, 12:20] = 255
    assert apply(image, zoom=1.5).sum() > 1.8 * image.sum()
    assert apply(image, zoom=0.75).sum() < 0.7 * image.sum()


@pytest.mark.parametrize("factor", [0.8, 0.9, 1.1, 1.2])
def test_brightness_scales_the_mean(factor: float) -> None:
    assert apply(SMOOTH, brightness=factor).mean() / SMOOTH.mean() == pytest.approx(
        factor, abs=0.01
    )


@pytest.mark.parametrize("factor", [0.8, 1.2])
def test_contrast_scales_the_deviation_and_keeps_the_mean(factor: float) -> None:
    changed = apply(SMOOTH, contrast=factor)
    assert changed.std() / SMOOTH.std() == pytest.approx(factor, abs=0.01)
    assert changed.mean() == pytest.approx(SMOOTH.mean(), abs=0.5)


def test_bright_pixels_are_cut_not_wrapped() -> None:
    white = np.full((1, 32, 32, 3), 250, np.uint8)
    assert (apply(white, brightness=1.5) == 255).all()


def test_a_turn_leaves_no_black_corner() -> None:
    grey = np.full((1, 32, 32, 3), 120, np.uint8)
    assert (apply(grey, radians=np.pi / 4, zoom=0.85) == 120).all()


def pictures(count: int, size: int = 64) -> np.ndarray:
    """Soft spots of several brightnesses, from 30 to 225, with a little noise."""
    generator = np.random.default_rng(3)
    rows, columns = np.mgrid[:size, :size] / size - 0.5
    images = np.empty((count, size, size, 3), np.uint8)
    for image in images:
        x, y, width = generator.uniform(-0.2, 0.2), generator.uniform(-0.2, 0.2), 0.15
        spot = np.exp(-((rows - y) ** 2 + (columns - x) ** 2) / (2 * width**2))[..., None]
        skin, lesion = generator.uniform(120, 200, 3), generator.uniform(45, 110, 3)
        noise = generator.uniform(-10, 10, (size, size, 3))
        image[:] = np.clip(skin + (lesion - skin) * spot + noise, 30, 225)
    return images


def means(images: np.ndarray) -> np.ndarray:
    return images.mean(axis=(1, 2, 3))


@pytest.mark.parametrize("changes", [{"flips": True}, {"quarter_turns": True}])
def test_flips_and_quarter_turns_only_move_pixels(changes: dict[str, bool]) -> None:
    images = pictures(40)
    moved = augment(images, draw_plan(40, STILL.model_copy(update=changes), [1])).numpy()
    ways = 0
    for before, after in zip(images, moved, strict=True):
        flat = (np.sort(image.reshape(-1, 3), axis=0) for image in (before, after))
        np.testing.assert_array_equal(*flat)
        ways += (before != after).any()
    assert 20 <= ways < 40  # a quarter of the images stays as it is


@pytest.mark.parametrize(
    ("changes", "low", "high"),
    [
        ({"flips": True}, 1, 1),
        ({"quarter_turns": True}, 1, 1),
        ({"rotation_degrees": 180.0}, 0.93, 1.07),  # corners go, mirrored borders come
        ({"zoom": 0.15}, 0.93, 1.07),  # more of the dark spot, or less
        ({"contrast": 0.2}, 0.995, 1.005),
        ({"brightness": 0.1}, 0.9, 1.1),
    ],
)
def test_one_operation_keeps_brightness_in_its_range(
    changes: dict[str, float], low: float, high: float
) -> None:
    images = pictures(60)
    plan = draw_plan(60, STILL.model_copy(update=changes), [2])
    changed = augment(images, plan).numpy()
    assert changed.dtype == np.uint8
    ratios = means(changed) / means(images)
    assert (ratios >= low - 0.003).all() and (ratios <= high + 0.003).all()
    if "brightness" in changes:
        np.testing.assert_allclose(ratios, plan[:, COLUMNS.index("brightness")], atol=0.003)
        assert ratios.min() < 0.92 and ratios.max() > 1.08
    if "contrast" in changes:
        spread = changed.std(axis=(1, 2, 3)) / images.std(axis=(1, 2, 3))
        np.testing.assert_allclose(spread, plan[:, COLUMNS.index("contrast")], atol=0.01)


def test_all_together_stay_as_bright_as_they_were() -> None:
    images = pictures(200)
    changed = augment(images, draw_plan(200, RANGES, [5])).numpy()
    ratios = means(changed) / means(images)
    assert (ratios > 0.8).all() and (ratios < 1.2).all()
    assert changed.min() > 0  # nothing black
    assert (np.abs(changed.astype(int) - images).max(axis=(1, 2, 3)) > 0).all()


def test_an_image_is_changed_by_its_own_row_alone() -> None:
    images, plan = pictures(6), draw_plan(6, RANGES, [5])
    together = augment(images, plan).numpy()
    for place in range(6):
        alone = augment(images[place : place + 1], plan[place : place + 1]).numpy()
        np.testing.assert_array_equal(alone[0], together[place])


def test_a_plan_stays_in_its_ranges_and_uses_them() -> None:
    params = RANGES.model_copy(update={"quarter_turns": False, "rotation_degrees": 90.0})
    plan = draw_plan(2000, params, [7, 1])
    assert plan.dtype == np.float32
    assert set(np.unique(plan[:, :2])) == {-1, 1}
    for column, low, high in (
        (2, -np.pi / 2, np.pi / 2),
        (3, 0.8, 1.2),
        (4, 0.9, 1.1),
        (5, 0.7, 1.3),
    ):
        values = plan[:, column]
        assert low - 1e-6 <= values.min() < low + 0.02 and high - 0.02 < values.max() <= high + 1e-6


def test_turns_are_quarters_and_a_little() -> None:
    still = STILL.model_copy(update={"quarter_turns": True})
    turns = draw_plan(2000, still, [7])[:, 2] / (np.pi / 2)
    np.testing.assert_allclose(turns, turns.round(), atol=1e-6)
    counts = np.bincount(turns.round().astype(int), minlength=4)
    assert counts.shape == (4,) and counts.min() > 400
    little = draw_plan(2000, still.model_copy(update={"rotation_degrees": 9.0}), [7])[:, 2]
    beside = little / (np.pi / 2) - turns
    assert np.abs(beside).max() == pytest.approx(0.1, abs=0.01) and beside.min() < -0.09


def test_a_plan_is_a_function_of_its_seed() -> None:
    np.testing.assert_array_equal(draw_plan(5, RANGES, [1, 2]), draw_plan(5, RANGES, [1, 2]))
    assert (draw_plan(5, RANGES, [1, 2]) != draw_plan(5, RANGES, [1, 3])).any()
