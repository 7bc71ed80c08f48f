"""Curves: where they begin and end, that they rise, and that their areas are the scores."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.statistics.curves import (
    calibration_table,
    confusion_table,
    curve_bins,
    distribution_table,
    pr_table,
    roc_table,
    threshold_table,
)
from lesion_pipeline.statistics.intervals import rate_interval, wilson_interval
from lesion_pipeline.statistics.metrics import confusion, decision_metrics, ranking_metrics
from tests.evaluation.strategies import predictions

Scored = tuple[np.ndarray, np.ndarray]
LABELS = np.array([1, 0, 1, 0])
SCORES = np.array([0.875, 0.75, 0.5, 0.25])


def rows(table: pd.DataFrame) -> list[list[Any]]:
    return table.to_numpy().tolist()


def test_curves_of_four_worked_by_hand() -> None:
    assert rows(roc_table(LABELS, SCORES)) == [[0, 0], [0, 0.5], [0.5, 0.5], [0.5, 1], [1, 1]]
    assert rows(pr_table(LABELS, SCORES)) == [[0, 1], [0.5, 1], [1, 2 / 3]]
    lowest, *others = rows(threshold_table(LABELS, SCORES))
    assert lowest[:4] == [0.25, 1, 0, 1 / 2] and math.isnan(lowest[4])  # none is called benign
    assert others == [
        [0.5, 1, 0.5, 2 / 3, 1],
        [0.75, 0.5, 0.5, 1 / 2, 1 / 2],
        [0.875, 0.5, 1, 1, 2 / 3],
    ]


@settings(max_examples=40, deadline=None)
@given(scored=predictions())
def test_roc_rises_from_0_to_1_over_the_area_scored(scored: Scored) -> None:
    table = roc_table(*scored)
    x, y = table["false_positive_rate"], table["true_positive_rate"]
    assert (x.iloc[0], y.iloc[0], x.iloc[-1], y.iloc[-1]) == (0, 0, 1, 1)
    assert x.is_monotonic_increasing
    assert y.is_monotonic_increasing
    assert np.trapezoid(y, x) == pytest.approx(ranking_metrics(*scored)["roc_auc"], abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(scored=predictions())
def test_recall_rises_from_0_to_1_over_the_area_scored(scored: Scored) -> None:
    table = pr_table(*scored)
    recall, precision = table["recall"], table["precision"]
    assert (recall.iloc[0], recall.iloc[-1]) == (0, 1)
    assert precision[0] == precision[1]  # no line that ends nowhere
    assert recall.is_monotonic_increasing and recall.is_unique
    area = float((np.diff(recall) * precision[1:]).sum())
    assert area == pytest.approx(ranking_metrics(*scored)["pr_auc"], abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(scored=predictions())
def test_each_threshold_has_the_rates_of_its_decision(scored: Scored) -> None:
    table = threshold_table(*scored)
    assert table["threshold"].tolist() == sorted(set(scored[1]))
    assert math.isnan(table["npv"][0])
    for row in table.fillna(0).to_dict("records"):
        rates = decision_metrics(confusion(*scored, row.pop("threshold")))
        assert row == pytest.approx({name: rates[name] for name in row}, abs=1e-12)


def test_calibration_worked_by_hand() -> None:
    labels, scores = np.array([0, 1, 0, 1, 1]), np.array([0.5, 0.75, 0.25, 1.0, 0.0])
    # By probability: 0 (1), .25 (0), .5 (0) | .75 (1), 1 (1)
    table = calibration_table(labels, scores, 2)
    assert rows(table[["predicted", "observed", "images"]]) == [[0.25, 1 / 3, 3], [0.875, 1, 2]]
    ends = [wilson_interval(1, 3), wilson_interval(2, 2)]
    assert [tuple(row) for row in rows(table[["low", "high"]])] == ends


def test_a_calibration_bin_has_the_interval_of_its_lesions() -> None:
    labels, scores = np.array([0, 1, 1, 1, 1]), np.array([0.1, 0.2, 0.3, 0.8, 0.9])
    lesions = np.array(["a", "b", "b", "c", "c"])
    table = calibration_table(labels, scores, 2, lesions)
    ends = [rate_interval(labels[:3], lesions[:3]), rate_interval(labels[3:], lesions[3:])]
    assert [tuple(row) for row in rows(table[["low", "high"]])] == ends
    assert rows(table)[0][2] < rows(calibration_table(labels, scores, 2))[0][2]  # wider


@pytest.mark.parametrize(
    ("bins", "images", "expected"), [(10, 1505, 10), (10, 199, 9), (10, 50, 2), (10, 5, 2)]
)
def test_few_images_have_few_bins(bins: int, images: int, expected: int) -> None:
    assert curve_bins(bins, images) == expected


def test_equal_probabilities_share_a_calibration_bin() -> None:
    scores = np.array([0.5, 0.25, 0.25, 0.5, 0.25, 0.75, 0.25, 0.25])
    labels = np.array([1, 0, 1, 0, 0, 1, 0, 0])
    table = calibration_table(labels, scores, 4)
    # Ranks 1 to 5, 6 and 7, 8: the middle ones, 3, 6.5 and 8 of 8, lie in quarters 2, 3 and 4.
    assert rows(table[["predicted", "observed", "images"]]) == [
        [0.25, 1 / 5, 5],
        [0.5, 1 / 2, 2],
        [0.75, 1, 1],
    ]
    assert len(calibration_table(labels, np.full(8, 0.5), 4)) == 1


@settings(max_examples=40, deadline=None)
@given(scored=predictions(), bins=st.integers(2, 50))
def test_calibration_bins_hold_all_images_in_equal_parts(scored: Scored, bins: int) -> None:
    labels, scores = scored
    table = calibration_table(labels, scores, bins)
    images = table["images"]
    assert images.sum() == len(labels)
    assert (table["low"] <= table["observed"] + 1e-12).all()
    assert (table["observed"] <= table["high"] + 1e-12).all()
    if len(set(scores)) == len(scores):
        assert len(table) == min(bins, len(labels))
        assert images.max() - images.min() <= 1
    assert (np.diff(table["predicted"]) >= -1e-12).all()
    assert (table["observed"] * images).sum() == pytest.approx(labels.sum())
    assert (table["predicted"] * images).sum() == pytest.approx(scores.sum())


@pytest.mark.parametrize(("images", "bins"), [(5, 2), (50, 7), (1505, 10), (9, 10), (10, 10)])
def test_calibration_bins_of_different_probabilities_are_equal_parts(
    images: int, bins: int
) -> None:
    scores = np.random.default_rng(1).random(images)
    table = calibration_table(np.arange(images) % 2, scores, bins)
    assert len(table) == min(bins, images)
    assert table["images"].max() - table["images"].min() <= 1


def test_a_distribution_worked_by_hand() -> None:
    labels = np.array([1, 0, 1, 1, 0, 0])
    table = distribution_table(labels, np.array([1.0, 0.0, 0.95, 0.35, 0.1, 0.149]))
    assert table["low"].tolist() == [n / 20 for n in range(20)]
    assert table["high"].tolist() == [n / 20 for n in range(1, 21)]
    counts = table.set_index("low")[["benign", "malignant"]]
    some = counts[counts.sum(axis=1) > 0]
    assert some["benign"].to_dict() == {0.0: 1, 0.1: 2, 0.35: 0, 0.95: 0}
    assert some["malignant"].to_dict() == {0.0: 0, 0.1: 0, 0.35: 1, 0.95: 2}


def test_classes_are_named() -> None:
    table = confusion_table(LABELS, SCORES, 0.75)
    assert table["actual"].tolist() == ["malignant", "benign", "malignant", "benign"]
    assert table["predicted"].tolist() == ["malignant", "malignant", "benign", "benign"]


@pytest.mark.parametrize(
    "table",
    [
        roc_table,
        pr_table,
        threshold_table,
        distribution_table,
        lambda *scored: calibration_table(*scored, 2),
    ],
)
def test_one_class_gives_no_curve(table: Callable[..., pd.DataFrame]) -> None:
    with pytest.raises(DataError, match=r"^expected labels 0 and 1, both, received \[1\]$"):
        table(np.array([1, 1]), np.array([0.1, 0.2]))
