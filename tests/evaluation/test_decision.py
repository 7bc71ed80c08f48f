"""Net benefit, worked by hand and by its definition."""

import numpy as np
import pytest
from hypothesis import given, settings

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.evaluation.decision import THRESHOLDS, decision_table, net_benefit
from lesion_pipeline.statistics.metrics import confusion
from tests.evaluation.strategies import predictions

Scored = tuple[np.ndarray, np.ndarray]
LABELS = np.array([1, 1, 0, 0, 0])
SCORES = np.array([0.75, 0.25, 0.5, 0.125, 0.125])


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
    table = decision_table(LABELS, {"network": SCORES, "better": LABELS.astype(float)})
    assert list(table) == ["threshold", "network", "better", "all", "none"]
    assert table["threshold"].tolist() == [n / 100 for n in range(1, 100)]
    odds = table["threshold"] / (1 - table["threshold"])
    np.testing.assert_allclose(table["all"], 2 / 5 - 3 / 5 * odds, atol=1e-12)
    assert (table["none"] == 0).all()
    assert (table["better"] == 2 / 5).all()  # nothing is better than the truth
    np.testing.assert_allclose(table["network"], net_benefit(LABELS, SCORES, THRESHOLDS))


def test_equal_probabilities_are_treated_alike() -> None:
    table = decision_table(LABELS, {"network": np.full(5, 0.4)})
    below = table["threshold"] <= 0.4
    np.testing.assert_allclose(table["network"], table["all"].where(below, 0))


def test_one_class_is_refused() -> None:
    with pytest.raises(DataError, match=r"^expected labels 0 and 1, both, received \[1\]$"):
        decision_table(np.array([1, 1]), {"network": np.array([0.1, 0.2])})
