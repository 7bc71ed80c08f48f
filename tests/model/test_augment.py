import numpy as np
import pytest

from lesion_pipeline.model.augment import COLUMNS, AugmentParams, augment, draw_plan

STILL = AugmentParams(flips=False, rotation_degrees=0, zoom=0, brightness=0, contrast=0)
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


def test_a_quarter_turn_is_a_quarter_turn() -> None:
    turned = apply(IMAGE, radians=np.pi / 2).astype(int)
    wanted = np.rot90(IMAGE, axes=(1, 2)).astype(int)
    assert np.abs(turned - wanted).max() <= 1  # sine and cosine are not exact


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


def test_a_plan_stays_in_its_ranges_and_uses_them() -> None:
    params = AugmentParams(flips=True, rotation_degrees=90, zoom=0.2, brightness=0.1, contrast=0.3)
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


def test_a_plan_is_a_function_of_its_seed() -> None:
    params = AugmentParams(flips=True, rotation_degrees=90, zoom=0.2, brightness=0.1, contrast=0.3)
    np.testing.assert_array_equal(draw_plan(5, params, [1, 2]), draw_plan(5, params, [1, 2]))
    assert (draw_plan(5, params, [1, 2]) != draw_plan(5, params, [1, 3])).any()
