"""Metrics against fractions worked out by hand and against the plainest code for each."""

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.statistics.metrics import (
    check,
    confusion,
    decision_metrics,
    probability_metrics,
    ranking_metrics,
)
from tests.evaluation.strategies import predictions

Scored = tuple[np.ndarray, np.ndarray]
LABELS = np.array([1, 0, 1, 0, 0, 1, 0, 0])
SCORES = np.array([0.9, 0.8, 0.7, 0.6, 0.4, 0.3, 0.2, 0.1])


def naive_roc_auc(labels: np.ndarray, scores: np.ndarray) -> Fraction:
    """How often a malignant image is above a benign one; a tie counts half."""
    pairs = [(m, b) for m in scores[labels == 1] for b in scores[labels == 0]]
    return Fraction(sum(2 * (m > b) + (m == b) for m, b in pairs), 2 * len(pairs))


def naive_average_precision(labels: np.ndarray, scores: np.ndarray) -> Fraction:
    """Sum over thresholds, from the top: the step of recall times the precision there."""
    total, found, malignant = Fraction(0), 0, int(labels.sum())
    for threshold in sorted(set(scores), reverse=True):
        called = labels[scores >= threshold]
        hits = int(called.sum())
        total += Fraction(hits - found, malignant) * Fraction(hits, len(called))
        found = hits
    return total


def test_ranking_worked_by_hand() -> None:
    found = ranking_metrics(LABELS, SCORES)
    # The malignant .9, .7, .3 are above 5, 4 and 2 of the 5 benign: 11 of 15 pairs.
    assert found["roc_auc"] == pytest.approx(11 / 15, abs=1e-12)
    # They come in places 1, 3 and 6: (1/1 + 2/3 + 3/6) / 3.
    assert found["pr_auc"] == pytest.approx(13 / 18, abs=1e-12)


@pytest.mark.parametrize(
    ("scores", "roc_auc", "pr_auc"),
    [
        ([0.1, 0.2, 0.8, 0.9], 1.0, 1.0),
        ([0.9, 0.8, 0.2, 0.1], 0.0, (1 / 3 + 2 / 4) / 2),
        ([0.5, 0.5, 0.5, 0.5], 0.5, 0.5),
        ([0.5, 0.1, 0.5, 0.9], 3.5 / 4, 0.5 * 1 + 0.5 * 2 / 3),
    ],
    ids=["perfect", "reversed", "all equal", "one tie"],
)
def test_ranking_of_four(scores: list[float], roc_auc: float, pr_auc: float) -> None:
    found = ranking_metrics(np.array([0, 0, 1, 1]), np.array(scores))
    assert found == pytest.approx({"roc_auc": roc_auc, "pr_auc": pr_auc}, abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(scored=predictions())
def test_ranking_is_what_the_plainest_code_says(scored: Scored) -> None:
    found = ranking_metrics(*scored)
    assert found["roc_auc"] == pytest.approx(float(naive_roc_auc(*scored)), abs=1e-12)
    assert found["pr_auc"] == pytest.approx(float(naive_average_precision(*scored)), abs=1e-12)


@settings(max_examples=30, deadline=None)
@given(scored=predictions())
def test_ranking_depends_on_the_order_only(scored: Scored) -> None:
    labels, scores = scored
    expected = ranking_metrics(labels, scores)
    for transformed in (scores**3, np.sqrt(scores) / 2, 0.25 + scores / 2):
        assert ranking_metrics(labels, transformed) == pytest.approx(expected, abs=1e-12)


@settings(max_examples=30, deadline=None)
@given(scored=predictions())
def test_roc_auc_of_the_other_side_is_the_rest(scored: Scored) -> None:
    labels, scores = scored
    mirrored = ranking_metrics(labels, 1 - scores)["roc_auc"]
    assert mirrored == pytest.approx(1 - ranking_metrics(labels, scores)["roc_auc"], abs=1e-12)


def test_float32_is_scored_like_float64() -> None:
    single = SCORES.astype(np.float32)
    assert probability_metrics(LABELS, single) == probability_metrics(
        LABELS, single.astype(np.float64)
    )


def test_probabilities_worked_by_hand() -> None:
    found = probability_metrics(np.array([1, 0]), np.array([0.75, 0.5]))
    assert found["brier_score"] == pytest.approx((1 / 16 + 1 / 4) / 2, abs=1e-12)
    assert found["log_loss"] == pytest.approx(-(math.log(3 / 4) + math.log(1 / 2)) / 2, abs=1e-12)


def test_a_sure_mistake_costs_much_but_not_without_end() -> None:
    found = probability_metrics(np.array([1, 0]), np.array([0.0, 1.0]))
    assert found["brier_score"] == 1.0
    assert 30 < found["log_loss"] < 40


@pytest.mark.parametrize(
    ("threshold", "counts"),
    [
        (0.5, {"tp": 2, "tn": 3, "fp": 2, "fn": 1}),
        (0.7, {"tp": 2, "tn": 4, "fp": 1, "fn": 1}),  # 0.7 itself is called malignant
        (0.0, {"tp": 3, "tn": 0, "fp": 5, "fn": 0}),
        (1.0, {"tp": 0, "tn": 5, "fp": 0, "fn": 3}),
    ],
)
def test_confusion_worked_by_hand(threshold: float, counts: dict[str, int]) -> None:
    assert confusion(LABELS, SCORES, threshold) == counts


@settings(max_examples=60, deadline=None)
@given(scored=predictions(), threshold=st.floats(0, 1))
def test_counts_and_rates_are_those_of_scikit_learn(scored: Scored, threshold: float) -> None:
    labels, scores = scored
    called = (scores >= threshold).astype(int)
    counts = confusion(labels, scores, threshold)
    assert sum(counts.values()) == len(labels)
    matrix = [[counts["tn"], counts["fp"]], [counts["fn"], counts["tp"]]]
    assert sk.confusion_matrix(labels, called, labels=[0, 1]).tolist() == matrix
    assert decision_metrics(counts) == pytest.approx(
        {
            "accuracy": sk.accuracy_score(labels, called),
            "sensitivity": sk.recall_score(labels, called),
            "specificity": sk.recall_score(labels, called, pos_label=0),
            "ppv": sk.precision_score(labels, called, zero_division=0),
            "npv": sk.precision_score(labels, called, pos_label=0, zero_division=0),
            "f1_score": sk.f1_score(labels, called, zero_division=0),
        },
        abs=1e-12,
    )


def test_rates_worked_by_hand() -> None:
    assert decision_metrics({"tp": 6, "tn": 12, "fp": 4, "fn": 2}) == {
        "accuracy": 18 / 24,
        "sensitivity": 6 / 8,
        "specificity": 12 / 16,
        "ppv": 6 / 10,
        "npv": 12 / 14,
        "f1_score": 12 / 18,
    }


def test_a_rate_of_nothing_is_0() -> None:
    rates = decision_metrics({"tp": 0, "tn": 0, "fp": 0, "fn": 0})
    assert set(rates.values()) == {0.0}


@pytest.mark.parametrize(
    ("labels", "scores", "problem"),
    [
        ([0, 0], [0.1, 0.2], "expected labels 0 and 1, both, received [0]"),
        ([1, 1], [0.1, 0.2], "expected labels 0 and 1, both, received [1]"),
        ([0, 1, 2], [0.1, 0.2, 0.3], "expected labels 0 and 1, both, received [0, 1, 2]"),
        ([], [], "expected labels 0 and 1, both, received []"),
        (
            [0, 1, 1],
            [0.1, math.nan, math.nan],
            "expected probabilities from 0 to 1, received nan in row 1 (2 in all)",
        ),
        (
            [0, 1],
            [0.1, 1.5],
            "expected probabilities from 0 to 1, received 1.5 in row 1 (1 in all)",
        ),
        (
            [0, 1],
            [-0.5, 0.5],
            "expected probabilities from 0 to 1, received -0.5 in row 0 (1 in all)",
        ),
        (
            [0, 1],
            [0.1],
            "expected as many labels as probabilities, received shapes (2,) and (1,)",
        ),
        (
            [[0], [1]],
            [[0.1], [0.2]],
            "expected as many labels as probabilities, received shapes (2, 1) and (2, 1)",
        ),
    ],
)
@pytest.mark.parametrize("score", [check, ranking_metrics, probability_metrics])
def test_what_can_not_be_scored_is_refused(
    labels: list[Any], scores: list[Any], problem: str, score: Any
) -> None:
    with pytest.raises(DataError) as error:
        score(np.array(labels, dtype=np.int64), np.array(scores, dtype=np.float64))
    assert str(error.value) == problem
