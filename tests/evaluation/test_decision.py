"""Net benefit, worked by hand and by its definition."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.evaluation.decision import decision_table, net_benefit, weighted_net_benefit
from lesion_pipeline.scores.results import Resamples
from lesion_pipeline.statistics.bootstrap import lesion_weights
from lesion_pipeline.statistics.metrics import confusion
from tests.evaluation.strategies import predictions

Scored = tuple[np.ndarray, np.ndarray]
LABELS = np.array([1, 1, 0, 0, 0])
SCORES = np.array([0.75, 0.25, 0.5, 0.125, 0.125])
THRESHOLDS = np.arange(1, 100) / 100
LESIONS = ["a", "a", "b", "c", "d"]
RESAMPLES = Resamples(samples=200, seed=1)


def table_of(between: tuple[float, float] = (0.01, 0.5), **scores: np.ndarray) -> pd.DataFrame:
    return decision_table(LABELS, scores, between, LESIONS, RESAMPLES)


@pytest.mark.parametrize(
    ("threshold", "benefit"),
    [
        (0.1, (2 - 3 * 1 / 9) / 5),
        (0.2, (2 - 1 * 1 / 4) / 5),
        (0.25, (2 - 1 * 1 / 3) / 5),  # .25 itself is treated
        (0.5, (1 - 1 * 1) / 5),
        (0.6, 1 / 5),
        (0.8, 0),
    ],
)
def test_worked_by_hand(threshold: float, benefit: float) -> None:
    found = net_benefit(LABELS, SCORES, np.array([threshold]))
    assert found == pytest.approx([benefit], abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(scored=predictions())
def test_it_is_what_the_counts_say(scored: Scored) -> None:
    for threshold, found in zip(THRESHOLDS, net_benefit(*scored, THRESHOLDS), strict=True):
        counts = confusion(*scored, threshold)
        odds = threshold / (1 - threshold)
        assert found == pytest.approx((counts["tp"] - odds * counts["fp"]) / len(scored[0]))


def test_all_and_none_are_what_they_must_be() -> None:
    table = table_of(network=SCORES, better=LABELS.astype(float))
    names = ["network", "network_low", "network_high", "better", "better_low", "better_high"]
    assert list(table) == ["threshold", *names, "all", "none"]
    assert table["threshold"].tolist() == [n / 100 for n in range(1, 51)]
    odds = table["threshold"] / (1 - table["threshold"])
    np.testing.assert_allclose(table["all"], 2 / 5 - 3 / 5 * odds, atol=1e-12)
    assert (table["none"] == 0).all()
    assert (table["better"] == 2 / 5).all()  # nothing is better than the truth
    expected = net_benefit(LABELS, SCORES, table["threshold"].to_numpy())
    np.testing.assert_allclose(table["network"], expected)


def test_equal_probabilities_are_treated_alike() -> None:
    table = table_of(network=np.full(5, 0.4))
    below = table["threshold"] <= 0.4
    np.testing.assert_allclose(table["network"], table["all"].where(below, 0))


def test_one_class_is_refused() -> None:
    with pytest.raises(DataError, match=r"^expected labels 0 and 1, both, received \[1\]$"):
        net_benefit(np.array([1, 1]), np.array([0.1, 0.2]), np.array([0.5]))


def test_the_range_of_thresholds_is_the_one_asked_for() -> None:
    thresholds = table_of((0.02, 0.2), network=SCORES)["threshold"]
    assert (thresholds.min(), thresholds.max(), len(thresholds)) == (0.02, 0.2, 50)


@settings(max_examples=20, deadline=None)
@given(scored=predictions())
def test_a_resample_is_scored_as_if_its_images_were_repeated(scored: Scored) -> None:
    labels, scores = scored
    weights = np.stack([np.ones(len(labels), int), np.arange(len(labels)) % 3 + 1])
    found = weighted_net_benefit(labels, scores, THRESHOLDS, weights)
    for row, times in zip(found, weights, strict=True):
        repeated = (np.repeat(labels, times), np.repeat(scores, times))
        np.testing.assert_allclose(row, net_benefit(*repeated, THRESHOLDS), atol=1e-12)


def test_intervals_are_percentiles_over_lesions() -> None:
    table = table_of(network=SCORES)
    weights = np.concatenate(list(lesion_weights(LESIONS, RESAMPLES)))
    resampled = weighted_net_benefit(LABELS, SCORES, table["threshold"].to_numpy(), weights)
    ends = np.quantile(resampled, [0.025, 0.975], axis=0)
    np.testing.assert_allclose(table[["network_low", "network_high"]].to_numpy().T, ends)
    assert (table["network_low"] <= table["network"]).all()
    assert (table["network"] <= table["network_high"]).all()
