"""The policies: none of the other thresholds fits a policy better than the chosen one."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.scores.params import CostParams, ThresholdParams
from lesion_pipeline.statistics.intervals import rate_interval
from lesion_pipeline.statistics.metrics import confusion, decision_metrics
from lesion_pipeline.threshold.policies import choose, midway
from tests.evaluation.strategies import STEPS, predictions

Scored = tuple[np.ndarray, np.ndarray]
LABELS = np.array([1, 0, 1, 0, 1, 0])
SCORES = np.array([0.875, 0.75, 0.5, 0.25, 0.125, 0.0])
PARAMS = ThresholdParams(
    policy="target_sensitivity", target_sensitivity=0.9,
    cost=CostParams(miss=10, false_alarm=1), fixed=0.5, report=(0.9,),
)  # fmt: skip
EVERY = np.arange(2 * STEPS + 1) / (2 * STEPS)  # each decision about `predictions`


def chosen(scored: Scored, policy: str, lesions: Any = None, **changes: Any) -> float:
    params = ThresholdParams.model_validate(PARAMS.model_dump() | changes | {"policy": policy})
    return choose(*scored, np.arange(len(scored[0])) if lesions is None else lesions, params)


def at_target(scored: Scored, target: float) -> float:
    return chosen(scored, "target_sensitivity", target_sensitivity=target)


def rates(scored: Scored, threshold: float) -> dict[str, float]:
    return decision_metrics(confusion(*scored, threshold))


def ranked(labels: list[int]) -> Scored:
    """These labels with probabilities that fall from 1 in equal steps."""
    return np.array(labels), np.linspace(1, 0, len(labels))


@pytest.mark.parametrize(
    ("target", "threshold"),
    [
        (0.01, (0.875 + 0.75) / 2),
        (1 / 3, (0.875 + 0.75) / 2),
        (0.5, (0.5 + 0.25) / 2),
        (0.67, (0.125 + 0.0) / 2),
        (1.0, (0.125 + 0.0) / 2),
    ],
)
def test_a_target_worked_by_hand(target: float, threshold: float) -> None:
    assert at_target((LABELS, SCORES), target) == threshold


@pytest.mark.parametrize("malignant", [10, 100])
def test_so_many_of_ten_or_a_hundred_are_so_many(malignant: int) -> None:
    scored = ranked([1] * malignant + [0])
    needed = range(1, malignant + 1)
    found = [confusion(*scored, at_target(scored, n / malignant))["tp"] for n in needed]
    assert found == list(needed)


def test_images_of_equal_probability_are_called_alike() -> None:
    labels, scores = np.array([1, 1, 0, 1, 0]), np.array([0.75, 0.5, 0.5, 0.5, 0.25])
    threshold = at_target((labels, scores), 0.5)
    assert threshold == 0.375
    assert confusion(labels, scores, threshold) == {"tp": 3, "tn": 1, "fp": 1, "fn": 0}


def test_nothing_below_the_last_malignant_leaves_it_at_the_edge() -> None:
    assert at_target((np.array([0, 1]), np.array([0.75, 0.25])), 1.0) == 0.25


@pytest.mark.parametrize("edge", [0.5, 0.7, 1.0, 5e-324])
def test_neighbours_are_told_apart(edge: float) -> None:
    scored = np.array([0, 1]), np.array([np.nextafter(edge, 0), edge])
    assert confusion(*scored, at_target(scored, 1.0)) == {"tp": 1, "tn": 1, "fp": 0, "fn": 0}


@settings(max_examples=100, deadline=None)
@given(scored=predictions(), percent=st.integers(1, 100))
def test_no_other_threshold_reaches_the_target_better(scored: Scored, percent: int) -> None:
    target = percent / 100
    mine = rates(scored, at_target(scored, target))
    assert mine["sensitivity"] >= target
    for threshold in EVERY:
        other = rates(scored, threshold)
        assert other["specificity"] <= mine["specificity"] or other["sensitivity"] < target


@settings(max_examples=30, deadline=None)
@given(scored=predictions(), percents=st.tuples(st.integers(1, 100), st.integers(1, 100)))
def test_a_higher_target_never_raises_the_threshold(
    scored: Scored, percents: tuple[int, int]
) -> None:
    low, high = sorted(percents)
    assert at_target(scored, high / 100) <= at_target(scored, low / 100)


def test_a_lower_bound_worked_by_hand() -> None:
    """Wilson's interval of 18 of 20 begins at .699, of 17 of 20 at .640."""
    scored = ranked([1] * 17 + [0, 1, 0, 1, 0, 1, 0])
    surely = {"policy": "target_sensitivity_lower_bound"}
    assert confusion(*scored, chosen(scored, **surely, target_sensitivity=0.69))["tp"] == 18
    assert confusion(*scored, chosen(scored, **surely, target_sensitivity=0.63))["tp"] == 17
    assert confusion(*scored, chosen(scored, **surely, target_sensitivity=0.70))["tp"] == 19


@settings(max_examples=60, deadline=None)
@given(scored=predictions(), percent=st.integers(1, 60), seed=st.integers(0, 99))
def test_no_other_threshold_reaches_the_lower_bound_better(
    scored: Scored, percent: int, seed: int
) -> None:
    labels, scores = scored
    lesions = np.random.default_rng(seed).integers(0, len(labels), len(labels))
    malignant = labels == 1

    def bound(threshold: float) -> float:
        """As at each lower threshold, too: who finds more is not less sure."""
        lower = EVERY[threshold >= EVERY]
        return min((rate_interval(scores[malignant] >= other, lesions[malignant]) or (0.0,))[0]
                   for other in [*lower, threshold])  # fmt: skip

    target = percent / 100
    try:
        threshold = chosen(
            scored, "target_sensitivity_lower_bound", lesions, target_sensitivity=target
        )
    except DataError:
        assert max(bound(threshold) for threshold in EVERY) < target
        return
    assert bound(threshold) >= target
    called = (scores >= threshold).sum()
    fewer = [other for other in EVERY if 0 < (scores >= other).sum() < called]
    assert all(bound(other) < target for other in fewer)


def test_images_of_few_lesions_make_less_sure() -> None:
    scored = ranked([1] * 40 + [0] * 10)
    surely = {"policy": "target_sensitivity_lower_bound", "target_sensitivity": 0.9}
    assert chosen(scored, **surely) > 0
    lesions = np.arange(50) // 4
    with pytest.raises(DataError) as error:
        chosen(scored, lesions=lesions, **surely)
    assert str(error.value) == (
        "threshold.policy target_sensitivity_lower_bound: val has too few malignant lesions. "
        "Even with every one found, the 95 % interval of sensitivity begins at 0.722, below 0.9: "
        "lower threshold.target_sensitivity, take more lesions or another policy"
    )


def test_youden_worked_by_hand() -> None:
    # tp/3 - fp/3 from above: 1, 0, 1, 0, 1, 0 thirds; of equals the most sensitive
    assert chosen((LABELS, SCORES), "youden") == (0.125 + 0.0) / 2
    assert chosen(ranked([1, 1, 0, 1, 0, 0, 0]), "youden") == pytest.approx(2.5 / 6)


@settings(max_examples=60, deadline=None)
@given(scored=predictions())
def test_no_other_threshold_has_a_higher_youden(scored: Scored) -> None:
    mine = rates(scored, chosen(scored, "youden"))
    for threshold in EVERY:
        other = rates(scored, threshold)
        gained = sum(other[key] - mine[key] for key in ("sensitivity", "specificity"))
        assert gained < 1e-9
        assert gained < -1e-9 or other["sensitivity"] <= mine["sensitivity"]


@settings(max_examples=60, deadline=None)
@given(scored=predictions(), miss=st.sampled_from([0.1, 1.0, 3.0, 1e9]))
def test_no_other_threshold_costs_less(scored: Scored, miss: float) -> None:
    def price(threshold: float) -> float:
        counts = confusion(*scored, threshold)
        return miss * counts["fn"] + counts["fp"]

    threshold = chosen(scored, "cost", cost={"miss": miss, "false_alarm": 1})
    mine = price(threshold)
    others = [other for other in EVERY if (scored[1] >= other).any()]
    assert all(mine <= price(other) * (1 + 1e-6) + 1e-6 for other in others)
    equal = [other for other in others if price(other) == mine]
    assert confusion(*scored, threshold)["tp"] >= max(confusion(*scored, o)["tp"] for o in equal)


@pytest.mark.parametrize(("miss", "called"), [(1e-6, 1), (1.5, 1), (2.5, 4), (1e6, 4)])
def test_a_costlier_miss_lowers_the_threshold(miss: float, called: int) -> None:
    """Two benign images lie between the two malignant ones."""
    scored = ranked([1, 0, 0, 1, 0])
    threshold = chosen(scored, "cost", cost={"miss": miss, "false_alarm": 1})
    assert (scored[1] >= threshold).sum() == called


def test_only_the_ratio_of_costs_matters() -> None:
    one, other = (
        chosen((LABELS, SCORES), "cost", cost={"miss": 2 * unit, "false_alarm": unit})
        for unit in (1e-9, 1e9)
    )
    assert one == other


def test_calibrated_probabilities_are_cut_where_the_costs_say() -> None:
    generator = np.random.default_rng(1)
    scores = generator.random(20_000)
    labels = (generator.random(20_000) < scores).astype(np.int64)
    assert chosen((labels, scores), "cost", cost={"miss": 4, "false_alarm": 1}) == pytest.approx(
        1 / 5, abs=0.03
    )


def test_fixed_is_fixed() -> None:
    assert chosen((LABELS, SCORES), "fixed", fixed=0.3) == 0.3


@pytest.mark.parametrize("policy", ["target_sensitivity", "youden", "cost"])
def test_equal_probabilities_leave_one_decision(policy: str) -> None:
    assert chosen((np.array([0, 1, 0]), np.full(3, 0.25)), policy) == 0.25


@pytest.mark.parametrize("policy", ["target_sensitivity", "target_sensitivity_lower_bound",
                                    "youden", "cost"])  # fmt: skip
@pytest.mark.parametrize(
    ("labels", "scores", "problem"),
    [
        ([0, 0], [0.5, 0.25], r"^expected labels 0 and 1, both, received \[0\]$"),
        ([], [], r"^expected labels 0 and 1, both, received \[\]$"),
        ([0, 1], [0.5, np.nan], r"^expected probabilities from 0 to 1, received nan in row 1"),
    ],
)
def test_what_can_not_be_scored_is_refused(
    policy: str, labels: list[int], scores: list[float], problem: str
) -> None:
    with pytest.raises(DataError, match=problem):
        chosen((np.array(labels, dtype=np.int64), np.array(scores)), policy)


def test_the_middle_has_no_digits_that_mean_nothing() -> None:
    assert midway(np.array([0.064005, 0.064006]), 1) == 0.0640055  # the mean: 0.06400549999999999
    assert midway(np.array([0.1, 0.100001]), 1) == 0.1000005
    assert midway(np.array([0.1, 0.2]), 0) == 0.1
    close = np.array([0.1, np.nextafter(0.1, 1)])
    assert midway(close, 1) == close[1]
    between = midway(np.array([0.1, 0.1 + 1e-9]), 1)
    assert 0.1 < between < 0.1 + 1e-9
