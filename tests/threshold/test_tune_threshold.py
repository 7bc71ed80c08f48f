"""The operating point: threshold, rates and intervals, chosen on val only."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

from lesion_pipeline.core.digits import rounded_content
from lesion_pipeline.core.errors import DataError
from lesion_pipeline.scores.params import CostParams, Policy, ThresholdParams
from lesion_pipeline.scores.results import OperatingPoint
from lesion_pipeline.statistics.intervals import rate_interval, wilson_interval
from lesion_pipeline.threshold.tune_threshold import (
    policies_table,
    rates_at,
    targets_table,
    tune_threshold,
)
from tests.evaluation.strategies import predictions

Scored = tuple[np.ndarray, np.ndarray]
PARAMS = ThresholdParams(
    policy="target_sensitivity", target_sensitivity=0.5,
    cost=CostParams(miss=2, false_alarm=1), fixed=0.625, report=(0.5, 1.0),
)  # fmt: skip
VAL = pd.DataFrame(
    {
        "lesion_id": ["a", "b", "a", "c", "d", "e"],
        "label": [1, 0, 1, 0, 1, 0],
        "probability": [0.875, 0.75, 0.5, 0.25, 0.125, 0.0],
    }
)
TEST = pd.DataFrame(
    {
        "lesion_id": ["f", "g", "h", "i"],
        "label": [1, 1, 0, 0],
        "probability": [0.5, 0.25, 0.375, 0.125],
    }
)


def table(scored: Scored) -> pd.DataFrame:
    labels, scores = scored
    lesions = [f"L{number}" for number in range(len(labels))]
    return pd.DataFrame({"lesion_id": lesions, "label": labels, "probability": scores})


def test_the_point_worked_by_hand() -> None:
    point = tune_threshold(VAL, TEST, PARAMS).point
    assert (point.threshold, point.policy, point.target) == (0.375, "target_sensitivity", 0.5)
    rates = {name: getattr(point, name).model_dump(exclude={"lesions"}) for name in ("val", "test")}
    for values in rates.values():
        for name in ("sensitivity", "specificity", "ppv", "npv"):
            low, high = values.pop(f"{name}_interval")
            assert low < values[name] < high
    assert rates["val"] == {
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
    assert rates["test"] == {
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


@pytest.mark.parametrize("policy", ["target_sensitivity", "youden", "cost", "fixed"])
def test_the_point_is_read_as_it_was_written(policy: Policy, tmp_path: Path) -> None:
    params = PARAMS.model_copy(update={"policy": policy})
    point = tune_threshold(VAL, TEST, params).point
    one, other = tmp_path / "threshold.json", tmp_path / "metrics.json"
    point.write(one, other)
    read = OperatingPoint.read(one)
    assert read.model_dump(mode="json") == rounded_content(point.model_dump(mode="json"))
    assert read.threshold == point.threshold
    assert one.read_bytes() == other.read_bytes()
    assert f'"threshold": {point.threshold}' in one.read_text()


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(val=predictions(), test=predictions(), other=predictions())
def test_the_choice_does_not_depend_on_test(val: Scored, test: Scored, other: Scored) -> None:
    for policy in ("target_sensitivity", "youden", "cost", "fixed"):
        params = PARAMS.model_copy(update={"policy": policy})
        one, two = (tune_threshold(table(val), table(part), params).point for part in (test, other))
        assert one.model_copy(update={"test": two.test}) == two
        assert one.test == rates_at(table(test), one.threshold)
    thresholds = [policies_table(table(val), table(part), PARAMS)["threshold"]
                  for part in (test, other)]  # fmt: skip
    pd.testing.assert_series_equal(*thresholds)


def test_lesions_are_decided_on_by_the_mean_or_the_highest_of_their_images() -> None:
    images = pd.DataFrame(
        {
            "lesion_id": ["a", "a", "b", "c", "d", "d"],
            "label": [1, 1, 1, 0, 0, 0],
            "probability": [0.9, 0.2, 0.3, 0.4, 0.1, 0.7],
        }
    )
    mean, highest = (rates_at(images, 0.5, rule).lesions for rule in ("mean", "max"))
    assert (mean.tp, mean.fn, mean.fp, mean.tn) == (1, 1, 0, 2)  # .55 and .3; .4 and .4
    assert (highest.tp, highest.fn, highest.fp, highest.tn) == (1, 1, 1, 1)  # .7 is enough
    assert mean.sensitivity_interval == wilson_interval(1, 2)
    by_image = rates_at(images, 0.5)
    assert (by_image.tp, by_image.fn, by_image.fp, by_image.tn) == (1, 2, 1, 2)


def test_intervals_are_those_of_the_lesions() -> None:
    rates = rates_at(VAL, 0.375)  # called are a, b, a of which b is benign
    assert rates.sensitivity_interval == rate_interval([True, True, False], ["a", "a", "d"])
    assert rates.specificity_interval == rate_interval([False, True, True], ["b", "c", "e"])
    assert rates.ppv_interval == rate_interval([True, False, True], ["a", "b", "a"])
    assert rates.npv_interval == rate_interval([True, False, True], ["c", "d", "e"])


def test_a_predictive_value_without_calls_is_none() -> None:
    nobody, everybody = rates_at(TEST, 0.75), rates_at(TEST, 0.0)
    assert nobody.ppv is None and nobody.ppv_interval is None and nobody.npv == 0.5
    assert everybody.npv is None and everybody.npv_interval is None


@pytest.mark.parametrize(
    ("policy", "target", "threshold"),
    [
        ("target_sensitivity", 0.5, 0.375),
        ("youden", None, 0.0625),
        ("cost", {"miss": 2.0, "false_alarm": 1.0}, 0.0625),
        ("fixed", None, 0.625),
    ],
)
def test_the_point_names_its_policy_and_target(
    policy: str, target: object, threshold: float
) -> None:
    point = tune_threshold(VAL, TEST, PARAMS.model_copy(update={"policy": policy})).point
    assert (point.policy, point.target, point.threshold) == (policy, target, threshold)


def test_policies_side_by_side() -> None:
    rows = policies_table(VAL, TEST, PARAMS).set_index("policy")
    assert rows["threshold"].to_dict() == pytest.approx(
        {
            "target_sensitivity": 0.375,
            "target_sensitivity_lower_bound": math.nan,  # two lesions can't be that sure
            "youden": 0.0625,
            "cost": 0.0625,
            "fixed": 0.625,
        },
        nan_ok=True,
    )
    assert rows.loc["target_sensitivity_lower_bound"].isna().all()
    fixed = rows.loc["fixed"]
    rates = {"val": rates_at(VAL, 0.625), "test": rates_at(TEST, 0.625)}
    for split in rates:
        for name in ("sensitivity", "specificity"):
            found = [fixed[f"{split}_{name}{end}"] for end in ("", "_low", "_high")]
            expected = rates[split].model_dump()
            assert found == [expected[name], *expected[f"{name}_interval"]]


def test_a_policy_that_can_not_choose_is_an_error_if_it_is_the_one() -> None:
    params = PARAMS.model_copy(update={"policy": "target_sensitivity_lower_bound"})
    with pytest.raises(DataError, match=r"val has too few malignant lesions.*, below 0\.5: lower"):
        tune_threshold(VAL, TEST, params)


def test_targets_side_by_side() -> None:
    params = PARAMS.model_copy(update={"policy": "fixed"})  # ignored here
    assert targets_table(VAL, TEST, params).to_dict("records") == [
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


@pytest.mark.parametrize("policy", ["target_sensitivity", "fixed"])
def test_what_can_not_be_scored_is_refused(policy: str) -> None:
    params = PARAMS.model_copy(update={"policy": policy})
    nothing = "^expected labels 0 and 1, both, received "
    with pytest.raises(DataError, match=nothing + r"\[0\]$"):
        tune_threshold(VAL.assign(label=0), TEST, params)
    with pytest.raises(DataError, match=nothing + r"\[1\]$"):
        tune_threshold(VAL, TEST.assign(label=1), params)
    with pytest.raises(DataError, match=r"received nan in row 0 \(4 in all\)$"):
        policies_table(VAL, TEST.assign(probability=np.nan), params)


def test_the_rates_on_val_are_those_of_each_threshold() -> None:
    rates = tune_threshold(VAL, TEST, PARAMS).rates
    assert rates["threshold"].tolist() == [0.0, 0.125, 0.25, 0.5, 0.75, 0.875]
    assert rates["sensitivity"].tolist() == [1, 1, 2 / 3, 2 / 3, 1 / 3, 1 / 3]


def test_the_classes_of_each_split_at_the_chosen_threshold() -> None:
    outcome = tune_threshold(VAL, TEST, PARAMS)
    for split, table in (("val", VAL), ("test", TEST)):
        found = outcome.confusion[f"confusion_{split}"]
        called = table["probability"] >= outcome.point.threshold
        assert found["predicted"].tolist() == np.where(called, "malignant", "benign").tolist()
        assert found["actual"].tolist() == np.where(table["label"], "malignant", "benign").tolist()
    assert list(outcome.confusion) == ["confusion_val", "confusion_test"]


def test_it_prints_the_threshold_beside_all_policies() -> None:
    first, head, *rows, note = str(tune_threshold(VAL, TEST, PARAMS)).splitlines()
    assert first == "threshold 0.375, chosen by target_sensitivity; all policies:"
    assert head.split() == [
        "policy", "threshold", "val_sensitivity", "val_specificity", "test_sensitivity",
        "test_specificity",
    ]  # fmt: skip
    assert rows[0].split() == ["target_sensitivity", "0.375", "0.667", "0.667", "0.5", "0.5"]
    assert len(rows) == 4
    assert note == "target_sensitivity_lower_bound: none, val has too few malignant lesions"
