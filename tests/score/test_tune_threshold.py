"""The operating point: it reaches the target, at no cost in specificity, and comes from val."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lesion_pipeline.errors import DataError
from lesion_pipeline.files import write_figures, write_json
from lesion_pipeline.score.metrics import confusion, decision_metrics
from lesion_pipeline.score.tune_threshold import (
    ThresholdParams,
    at,
    choose,
    draw,
    targets_table,
    tune_threshold,
)
from tests.score.strategies import predictions

Scored = tuple[np.ndarray, np.ndarray]
PARAMS = ThresholdParams(target_sensitivity=0.5, report=(0.5, 1.0))
VAL = pd.DataFrame(
    {"label": [1, 0, 1, 0, 1, 0], "probability": [0.875, 0.75, 0.5, 0.25, 0.125, 0.0]}
)
TEST = pd.DataFrame({"label": [1, 1, 0, 0], "probability": [0.5, 0.25, 0.375, 0.125]})


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
def test_the_threshold_worked_by_hand(target: float, threshold: float) -> None:
    labels, scores = VAL["label"].to_numpy(), VAL["probability"].to_numpy()
    assert choose(labels, scores, target) == threshold


@pytest.mark.parametrize("malignant", [10, 100])
def test_so_many_of_ten_or_a_hundred_are_so_many(malignant: int) -> None:
    scored = ranked([1] * malignant + [0])
    needed = range(1, malignant + 1)
    found = [confusion(*scored, choose(*scored, n / malignant))["tp"] for n in needed]
    assert found == list(needed)


def test_images_of_equal_probability_are_called_alike() -> None:
    labels, scores = np.array([1, 1, 0, 1, 0]), np.array([0.75, 0.5, 0.5, 0.5, 0.25])
    threshold = choose(labels, scores, 0.5)
    assert threshold == 0.375
    assert confusion(labels, scores, threshold) == {"tp": 3, "tn": 1, "fp": 1, "fn": 0}


def test_nothing_below_the_last_malignant_leaves_it_at_the_edge() -> None:
    assert choose(np.array([0, 1]), np.array([0.75, 0.25]), 1.0) == 0.25


@pytest.mark.parametrize("edge", [0.5, 0.7, 1.0, 5e-324])
def test_neighbours_are_told_apart(edge: float) -> None:
    scored = np.array([0, 1]), np.array([np.nextafter(edge, 0), edge])
    assert confusion(*scored, choose(*scored, 1.0)) == {"tp": 1, "tn": 1, "fp": 0, "fn": 0}


@settings(max_examples=100, deadline=None)
@given(scored=predictions(), percent=st.integers(1, 100))
def test_no_other_threshold_does_better(scored: Scored, percent: int) -> None:
    target = percent / 100
    chosen = rates(scored, choose(*scored, target))
    assert chosen["sensitivity"] >= target
    for threshold in np.arange(0, 1.01, 1 / 16):  # every decision that can be made
        other = rates(scored, threshold)
        assert other["specificity"] <= chosen["specificity"] or other["sensitivity"] < target


@settings(max_examples=30, deadline=None)
@given(scored=predictions(), percents=st.tuples(st.integers(1, 100), st.integers(1, 100)))
def test_a_higher_target_never_raises_the_threshold(
    scored: Scored, percents: tuple[int, int]
) -> None:
    low, high = sorted(percents)
    assert choose(*scored, high / 100) <= choose(*scored, low / 100)


def test_the_result_worked_by_hand() -> None:
    result = tune_threshold(VAL, TEST, PARAMS)
    test = result.pop("test")
    assert result == {
        "threshold": 0.375,
        "target_sensitivity": 0.5,
        "accuracy": 4 / 6,
        "sensitivity": 2 / 3,
        "specificity": 2 / 3,
        "ppv": 2 / 3,
        "npv": 2 / 3,
        "f1_score": 2 / 3,
        "tp": 2,
        "tn": 2,
        "fp": 1,
        "fn": 1,
    }
    assert test == {
        "accuracy": 2 / 4,
        "sensitivity": 1 / 2,
        "specificity": 1 / 2,
        "ppv": 1 / 2,
        "npv": 1 / 2,
        "f1_score": 1 / 2,
        "tp": 1,
        "tn": 1,
        "fp": 1,
        "fn": 1,
    }


def test_the_result_is_plain_json(tmp_path: Path) -> None:
    write_json(tmp_path / "threshold.json", tune_threshold(VAL, TEST, PARAMS))
    assert '"threshold": 0.375' in (tmp_path / "threshold.json").read_text()


@settings(max_examples=30, deadline=None)
@given(val=predictions(), test=predictions(), other=predictions())
def test_test_has_no_say(val: Scored, test: Scored, other: Scored) -> None:
    def table(scored: Scored) -> pd.DataFrame:
        return pd.DataFrame({"label": scored[0], "probability": scored[1]})

    one, two = (tune_threshold(table(val), table(side), PARAMS) for side in (test, other))
    assert one | {"test": None} == two | {"test": None}
    assert one["test"] == at(table(test), one["threshold"])


def test_targets_side_by_side() -> None:
    table = targets_table(VAL, TEST, PARAMS.report)
    assert table.to_dict("records") == [
        {
            "target_sensitivity": 0.5,
            "threshold": 0.375,
            "val_sensitivity": 2 / 3,
            "val_specificity": 2 / 3,
            "test_sensitivity": 1 / 2,
            "test_specificity": 1 / 2,
        },
        {
            "target_sensitivity": 1.0,
            "threshold": 0.0625,
            "val_sensitivity": 1.0,
            "val_specificity": 1 / 3,
            "test_sensitivity": 1.0,
            "test_specificity": 0.0,
        },
    ]


def test_what_can_not_be_scored_is_refused() -> None:
    with pytest.raises(DataError, match=r"^expected labels 0 and 1, both, received \[0\]$"):
        tune_threshold(VAL.assign(label=0), TEST, PARAMS)


def test_the_picture_shows_the_choice(tmp_path: Path) -> None:
    figures = draw(VAL, 0.375)
    write_figures(tmp_path, figures)
    assert (tmp_path / "operating_point.png").exists()
    legend = [text.get_text() for text in figures["operating_point"].axes[0].get_legend().texts]
    assert legend == ["sensitivity", "specificity", "chosen: 0.375"]
