"""Logistic regression on one feature, by hand and compared with scikit-learn."""

import math

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from lesion_pipeline.evaluation.logistic import regress, shift

ONCE = np.ones((1, 8), dtype=np.int64)
# At the feature -1, one image of four is malignant; at 1, three of four.
FEATURE = np.repeat([-1.0, 1.0], 4)
LABELS = np.array([1, 0, 0, 0, 1, 1, 1, 0], dtype=np.float64)


def test_two_groups_worked_by_hand() -> None:
    """The fitted log odds are those of the groups, -log(3) and log(3): a line of slope log(3)."""
    constant, slope = regress(LABELS, FEATURE, ONCE)
    assert constant == pytest.approx([0], abs=1e-9)
    assert slope == pytest.approx([math.log(3)], abs=1e-9)


def test_weights_worked_by_hand() -> None:
    """Malignant images twice: 2 of 5 and 6 of 7, log odds log(2/3) and log(6)."""
    weights = np.where(LABELS == 1, 2, 1)[None].astype(np.int64)
    constant, slope = regress(LABELS, FEATURE, np.concatenate([ONCE, weights]))
    low, high = math.log(2 / 3), math.log(6)
    assert constant == pytest.approx([0, (low + high) / 2], abs=1e-9)
    assert slope == pytest.approx([math.log(3), (high - low) / 2], abs=1e-9)


def test_targets_may_lie_between_0_and_1() -> None:
    constant, slope = regress(np.repeat([0.25, 0.75], 4), FEATURE, ONCE)
    assert constant == pytest.approx([0], abs=1e-9)
    assert slope == pytest.approx([math.log(3)], abs=1e-9)


def test_a_shift_worked_by_hand() -> None:
    """With the feature 0 everywhere it is the log odds of the frequency: 3 of 4."""
    labels = np.array([1, 1, 1, 0] * 2, dtype=np.float64)
    assert shift(labels, np.zeros(8), ONCE) == pytest.approx([math.log(3)], abs=1e-9)
    assert shift(labels, np.full(8, 2.0), ONCE) == pytest.approx([math.log(3) - 2], abs=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_resamples_are_those_of_scikit_learn(seed: int) -> None:
    generator = np.random.default_rng(seed)
    feature = generator.normal(size=80)
    labels = (generator.random(80) < 1 / (1 + np.exp(0.5 - 1.5 * feature))).astype(np.float64)
    weights = generator.integers(0, 4, (10, 80))
    constants, slopes = regress(labels, feature, weights)
    for times, constant, slope in zip(weights, constants, slopes, strict=True):
        model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-10)
        model.fit(feature[:, None], labels, sample_weight=times)
        assert (constant, slope) == pytest.approx(
            (model.intercept_[0], model.coef_[0, 0]), abs=1e-6
        )


@pytest.mark.parametrize(
    ("labels", "feature"),
    [
        ([0, 0, 1, 1], [-2.0, -1.0, 1.0, 2.0]),
        ([1, 1, 1, 1], [-2.0, -1.0, 1.0, 2.0]),
        ([0, 1, 0, 1], [0.7] * 4),
    ],
    ids=["separated", "one class", "constant feature"],
)
def test_without_an_optimal_slope_it_is_nan(labels: list[int], feature: list[float]) -> None:
    once = np.ones((1, 4), dtype=np.int64)
    constant, slope = regress(np.array(labels, dtype=np.float64), np.array(feature), once)
    assert np.isnan(slope).all() and np.isnan(constant).all()


@pytest.mark.parametrize("images", range(20, 60))
def test_rounding_makes_no_slope_of_a_constant_feature(images: int) -> None:
    labels = (np.arange(images) % 3 == 0).astype(np.float64)
    once = np.ones((1, images), dtype=np.int64)
    assert np.isnan(regress(labels, np.full(images, 0.07), once)[1]).all()


def test_one_resample_without_a_slope_spares_the_others() -> None:
    only_benign = (LABELS == 0)[None].astype(np.int64)
    _, slope = regress(LABELS, FEATURE, np.concatenate([only_benign, ONCE]))
    assert np.isnan(slope[0]) and slope[1] == pytest.approx(math.log(3), abs=1e-9)
