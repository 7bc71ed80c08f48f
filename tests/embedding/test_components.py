"""Principal components: against numpy's exact SVD, and what they look like."""

import numpy as np
import pytest

from lesion_pipeline.embedding import components as module
from lesion_pipeline.embedding.components import fit_components, fitted_images, possible_components

IMAGES, FEATURES, COUNT = 200, 60, 12


def features(images: int = IMAGES) -> np.ndarray:
    """Draw features of other means and deviations, of which a few directions explain most."""
    draw = np.random.default_rng(1)
    values = (
        draw.normal(size=(images, 15)) * np.geomspace(9, 1, 15) @ draw.normal(size=(15, FEATURES))
    )
    noisy = values + draw.normal(size=values.shape) * 0.1
    scales, means = np.geomspace(0.01, 10, FEATURES), draw.uniform(-5, 5, FEATURES)
    return (noisy * scales + means).astype(np.float32)


def standardised(values: np.ndarray) -> np.ndarray:
    exact = values.astype(np.float64)
    return (exact - exact.mean(axis=0)) / (exact.std(axis=0) + 1e-6)


def test_they_are_those_of_the_exact_svd() -> None:
    values = features()
    found = fit_components([values], IMAGES, COUNT, seed=3).of(values)
    left, sizes, _ = np.linalg.svd(standardised(values), full_matrices=False)
    wanted = left[:, :COUNT] * sizes[:COUNT]
    wanted /= np.sqrt((wanted**2).sum() / (IMAGES - 1) / COUNT)
    wanted *= np.sign((found * wanted).sum(axis=0))  # an axis may point either way
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-3)


def test_their_mean_variance_is_1_and_they_are_not_whitened() -> None:
    values = features()
    variances = fit_components([values], IMAGES, COUNT, seed=3).of(values).var(axis=0, ddof=1)
    np.testing.assert_allclose(variances.mean(), 1, rtol=1e-4)
    assert (np.diff(variances) < 0).all() and variances[0] > 10 * variances[-1]


def test_parts_and_their_sizes_do_not_matter() -> None:
    values = features()
    one = fit_components([values], IMAGES, COUNT, seed=3)
    parts = fit_components([values[:7], values[7:8], values[8:]], IMAGES, COUNT, seed=3)
    np.testing.assert_array_equal(one.axes, parts.axes)
    np.testing.assert_array_equal(one.offset, parts.offset)


@pytest.mark.parametrize(
    ("asked", "images", "dims", "wanted"),
    [(8, 100, 50, 8), (64, 24, 6176, 23), (64, 100, 50, 50), (8, 1, 50, 1), (99, 30_001, 9, 9)],
)
def test_there_are_no_more_than_images_and_features_allow(
    asked: int, images: int, dims: int, wanted: int
) -> None:
    assert possible_components(asked, images, dims) == wanted


def test_fewer_images_than_components() -> None:
    values = features(9)
    found = fit_components([values], 9, COUNT, seed=3)
    assert found.count == 8
    distances = [
        np.linalg.norm(each[:, None] - each[None], axis=2)
        for each in (found.of(values), standardised(values))
    ]
    scale = distances[1].sum() / distances[0].sum()  # all components: nothing is lost
    np.testing.assert_allclose(distances[0] * scale, distances[1], rtol=1e-3)


def test_images_that_are_all_equal_have_components_of_0() -> None:
    values = np.tile(features(1), (20, 1))
    found = fit_components([values], 20, COUNT, seed=3).of(values)
    np.testing.assert_array_equal(found, 0)


def test_a_feature_that_hardly_varies_is_left_out() -> None:
    """Its factor would be too large for float16, in which tflite_float16 has it."""
    values = features()
    values[:, 5] = 0.001
    values[0, 5] = 0.0011
    found = fit_components([values], IMAGES, COUNT, seed=3)
    assert found.factor[5] == found.offset[5] == 0 and np.abs(found.factor).max() < 65504
    np.testing.assert_allclose(found.of(values).var(axis=0, ddof=1).mean(), 1, rtol=1e-4)


def test_of_many_images_evenly_spaced_ones_are_fitted(monkeypatch: pytest.MonkeyPatch) -> None:
    assert fitted_images(30_000) == slice(None, None, 1)
    assert fitted_images(30_001) == slice(None, None, 2)
    monkeypatch.setattr(module, "MOST_FITTED", 70)
    values = features()
    some = fit_components([values[:50], values[50:]], IMAGES, COUNT, seed=3)
    wanted = fit_components([values[::3]], 67, COUNT, seed=3)
    np.testing.assert_array_equal(some.axes, wanted.axes)
    np.testing.assert_array_equal(some.factor, wanted.factor)
