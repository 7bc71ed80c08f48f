"""Calibration: measures against scikit-learn's regression, and calibrators against its own."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.evaluation.calibration import (
    calibration,
    calibration_error,
    fit_calibrator,
    weighted_calibration,
)
from lesion_pipeline.evaluation.calibrator import Isotonic, Platt, Unchanged, expit, logit
from lesion_pipeline.scores.results import Resamples
from lesion_pipeline.statistics.bootstrap import lesion_weights
from tests.evaluation.strategies import predictions

Scored = tuple[np.ndarray, np.ndarray]
SLOPE, INTERCEPT = "calibration_slope", "calibration_intercept"


def drawn(seed: int, images: int, slope: float = 1, constant: float = 0) -> Scored:
    """Labels that are malignant with probability expit(constant + slope * logit(probability))."""
    generator = np.random.default_rng(seed)
    scores = expit(generator.normal(-1.5, 2, images))
    truth = expit(constant + slope * logit(scores))
    return (generator.random(images) < truth).astype(np.int64), scores


class LogOdds(ClassifierMixin, BaseEstimator):
    """A fitted classifier that returns its input, for scikit-learn to calibrate."""

    def fit(self, x: np.ndarray, y: np.ndarray) -> "LogOdds":
        self.classes_ = np.array([0, 1])
        return self

    def decision_function(self, x: np.ndarray) -> np.ndarray:
        return x[:, 0]

    def predict(self, x: np.ndarray) -> np.ndarray:
        return (x[:, 0] >= 0).astype(int)


def test_the_error_worked_by_hand() -> None:
    labels, scores = np.array([0, 1, 0, 1, 1]), np.array([0.5, 0.75, 0.25, 1.0, 0.0])
    # Bins as in test_curves: 3 images at .25 of which 1/3 are malignant; 2 at .875, all malignant.
    assert calibration_error(labels, scores, 2) == pytest.approx(
        (3 * (1 / 3 - 0.25) + 2 * (1 - 0.875)) / 5, abs=1e-12
    )


@settings(max_examples=40, deadline=None)
@given(scored=predictions(), bins=st.integers(2, 12), seed=st.integers(0, 99))
def test_the_error_is_one_of_bins_and_not_of_rows(scored: Scored, bins: int, seed: int) -> None:
    labels, scores = scored
    order = np.random.default_rng(seed).permutation(len(labels))
    error = calibration_error(labels, scores, bins)
    assert abs(labels.mean() - scores.mean()) - 1e-12 <= error <= 1
    assert calibration_error(labels[order], scores[order], bins) == pytest.approx(error, abs=1e-12)


def test_predicting_the_frequency_for_all_is_calibrated() -> None:
    labels = np.array([1, 0, 0, 0] * 10)
    assert calibration_error(labels, np.full(40, 0.25), 10) == 0
    figures = calibration(labels, np.full(40, 0.25)).values
    assert figures[SLOPE] is None  # equal probabilities have none
    assert figures[INTERCEPT] == pytest.approx(0, abs=1e-9)


def test_the_intercept_worked_by_hand() -> None:
    # All have 1/5, half are malignant: the log odds are too low by log(4).
    figures = calibration(np.array([1, 0, 1, 0]), np.full(4, 0.2)).values
    assert figures[INTERCEPT] == pytest.approx(math.log(4), abs=1e-9)


def test_the_slope_worked_by_hand() -> None:
    # Observed are 1 of 4 and 3 of 4: log odds -log(3) and log(3), half of those predicted.
    labels = np.array([1, 0, 0, 0, 1, 1, 1, 0])
    scores = np.repeat([1 / 10, 9 / 10], 4)
    figures = calibration(labels, scores).values
    assert figures[SLOPE] == pytest.approx(0.5, abs=1e-9)
    assert figures[INTERCEPT] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_slope_and_intercept_of_resamples_are_those_of_trusted_code(seed: int) -> None:
    labels, scores = drawn(seed, 150, slope=1.5, constant=-0.5)
    weights = next(lesion_weights(np.arange(150) // 2, Resamples(samples=20, seed=seed)))
    found = weighted_calibration(labels, scores, weights)
    log_odds = logit(scores)
    for row, times in enumerate(weights):
        model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-10)
        model.fit(log_odds[:, None], labels, sample_weight=times)
        assert found[SLOPE][row] == pytest.approx(model.coef_[0, 0], abs=1e-6)

        def missing(shift: float, times: np.ndarray = times) -> float:
            return float(times @ (labels - expit(log_odds + shift)))

        assert found[INTERCEPT][row] == pytest.approx(brentq(missing, -20, 20), abs=1e-6)


def test_slope_and_intercept_show_how_probabilities_are_off() -> None:
    right = calibration(*drawn(1, 20_000)).values
    extreme = calibration(*drawn(1, 20_000, slope=0.5)).values
    low = calibration(*drawn(1, 20_000, constant=1)).values
    assert right == pytest.approx({SLOPE: 1, INTERCEPT: 0}, abs=0.05)
    assert extreme[SLOPE] == pytest.approx(0.5, abs=0.05)
    assert low == pytest.approx({SLOPE: 1, INTERCEPT: 1}, abs=0.05)


@pytest.mark.parametrize(
    "scores",
    [[0.1, 0.2, 0.8, 0.9], [0.9, 0.8, 0.2, 0.1], [0.1, 0.5, 0.5, 0.9], [0.3] * 4, [0, 0, 1, 1]],
    ids=["told apart", "reversed", "but for a tie", "equal", "sure"],
)
def test_without_an_optimal_slope_there_is_none(scores: list[float]) -> None:
    figures = calibration(np.array([0, 0, 1, 1]), np.array(scores)).values
    assert figures[SLOPE] is None
    assert isinstance(figures[INTERCEPT], float)


@pytest.mark.parametrize("probability", [0.07, 0.3, 0.77])
def test_rounding_makes_no_slope_of_equal_probabilities(probability: float) -> None:
    for images in range(20, 60):
        labels = (np.arange(images) % 3 == 0).astype(np.int64)
        assert calibration(labels, np.full(images, probability)).values[SLOPE] is None


def test_a_resample_of_one_class_has_neither() -> None:
    labels, scores = np.array([0, 1, 0, 1]), np.array([0.1, 0.4, 0.5, 0.8])
    found = weighted_calibration(labels, scores, np.array([[2, 0, 2, 0], [1, 1, 1, 1]]))
    for values in found.values():
        assert np.isnan(values).tolist() == [True, False]


def test_far_off_probabilities_have_an_intercept_all_the_same() -> None:
    labels = np.array([0, 1] * 50)
    figures = calibration(labels, np.full(100, 1e-7)).values
    assert figures[INTERCEPT] == pytest.approx(math.log(1e7), rel=1e-6)


@pytest.mark.parametrize("images", [30, 1500])
def test_platt_is_that_of_scikit_learn(images: int) -> None:
    labels, scores = drawn(2, images, slope=1.3, constant=0.4)
    log_odds = logit(scores)[:, None]
    finished = FrozenEstimator(LogOdds().fit(log_odds, labels))
    theirs = CalibratedClassifierCV(finished, method="sigmoid", ensemble=False)
    expected = theirs.fit(log_odds, labels).predict_proba(log_odds)[:, 1]
    mine = fit_calibrator(labels, scores, "platt")
    assert isinstance(mine, Platt)
    np.testing.assert_allclose(mine.apply(scores), expected, atol=1e-4)


def test_isotonic_is_scikit_learn_s_of_platt_s_targets() -> None:
    labels, scores = drawn(3, 400)
    malignant, benign = labels.sum(), (1 - labels).sum()
    targets = np.where(labels == 1, (malignant + 1) / (malignant + 2), 1 / (benign + 2))
    theirs = IsotonicRegression(out_of_bounds="clip").fit(scores, targets)
    mine = fit_calibrator(labels, scores, "isotonic")
    assert isinstance(mine, Isotonic)
    everywhere = np.linspace(0, 1, 1001)
    np.testing.assert_allclose(mine.apply(everywhere), theirs.predict(everywhere), atol=1e-12)


@pytest.mark.parametrize("method", ["platt", "isotonic"])
def test_a_calibrator_makes_other_data_of_the_kind_right(method: str) -> None:
    off = {"slope": 0.5, "constant": -1}
    calibrator = fit_calibrator(*drawn(4, 4000, **off), method)  # type: ignore[arg-type]
    labels, scores = drawn(5, 4000, **off)
    before, after = (calibration_error(labels, s, 10) for s in (scores, calibrator.apply(scores)))
    assert before > 0.1
    assert after < 0.03


@settings(max_examples=60, deadline=None)
@given(scored=predictions(), method=st.sampled_from(["platt", "isotonic"]))
def test_a_calibrator_keeps_the_order_and_is_never_sure(scored: Scored, method: str) -> None:
    calibrator = fit_calibrator(*scored, method)  # type: ignore[arg-type]
    calibrated = calibrator.apply(np.linspace(0, 1, 33))
    assert all(low <= high + 1e-12 for low, high in pairwise(calibrated))
    assert calibrated.min() > 0 and calibrated.max() < 1


@pytest.mark.parametrize("scores", [[0.9, 0.8, 0.2, 0.1], [0.3] * 4], ids=["reversed", "equal"])
@pytest.mark.parametrize("method", ["platt", "isotonic"])
def test_what_does_not_rise_with_malignancy_becomes_the_mean(
    method: str, scores: list[float]
) -> None:
    calibrator = fit_calibrator(np.array([0, 0, 1, 1]), np.array(scores), method)  # type: ignore[arg-type]
    assert calibrator.apply([0.0, 0.5, 1.0]) == pytest.approx([0.5] * 3, abs=1e-9)


def test_none_leaves_probabilities_alone() -> None:
    assert fit_calibrator(*drawn(1, 20), "none") == Unchanged()


@pytest.mark.parametrize("method", ["platt", "isotonic", "none"])
def test_one_class_teaches_nothing(method: str) -> None:
    with pytest.raises(DataError, match=r"^expected labels 0 and 1, both, received \[0\]$"):
        fit_calibrator(np.zeros(3, int), np.array([0.1, 0.2, 0.3]), method)  # type: ignore[arg-type]
