"""Predictive values: by hand, by counting, and how often their intervals hold the truth."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lesion_pipeline.scores.results import DecisionRates
from lesion_pipeline.statistics.intervals import wilson_interval
from lesion_pipeline.summary.prevalence import (
    likelihood_ratio,
    prevalence_table,
    shifted_calibration,
)


def rates(hits: int, malignant: int, cleared: int, benign: int) -> DecisionRates:
    """Rates of these counts; what the table does not use is 0 or None."""
    return DecisionRates.model_validate(
        {
            **dict.fromkeys(DecisionRates.model_fields, None),
            **dict.fromkeys(("accuracy", "f1_score"), 0.0),
            **dict.fromkeys(("tp", "tn", "fp", "fn"), 0),
            "sensitivity": hits / malignant,
            "sensitivity_interval": wilson_interval(hits, malignant),
            "specificity": cleared / benign,
            "specificity_interval": wilson_interval(cleared, benign),
        }
    )


def row(rates: DecisionRates, prevalence: float) -> dict[str, float]:
    return prevalence_table(rates, [prevalence]).to_dict("records")[0]


def test_a_case_worked_by_hand() -> None:
    """Of 1,000 lesions 10 are malignant, 9 of them found; of 990 others 198 are called so."""
    found = row(rates(90, 100, 80, 100), 0.01)
    assert found["ppv"] == pytest.approx(9 / (9 + 198))
    assert found["npv"] == pytest.approx(792 / (792 + 1))
    assert found["number_needed_to_biopsy"] == pytest.approx((9 + 198) / 9)


@settings(max_examples=60, deadline=None)
@given(counts=st.tuples(*[st.integers(1, 300)] * 4))
def test_at_the_prevalence_of_the_counts_it_is_their_ratio(counts: tuple[int, ...]) -> None:
    tp, fn, tn, fp = counts
    found = row(rates(tp, tp + fn, tn, tn + fp), (tp + fn) / sum(counts))
    assert found["ppv"] == pytest.approx(tp / (tp + fp))
    assert found["npv"] == pytest.approx(tn / (tn + fn))
    for name in ("ppv", "npv", "number_needed_to_biopsy"):
        assert found[f"{name}_low"] < found[name] < found[f"{name}_high"]
    assert found["ppv_low"] >= 0 and found["ppv_high"] <= 1
    assert found["number_needed_to_biopsy_low"] == pytest.approx(1 / found["ppv_high"])


def test_one_row_per_prevalence_in_their_order() -> None:
    table = prevalence_table(rates(9, 10, 8, 10), (0.05, 0.01))
    assert table["prevalence"].tolist() == [0.05, 0.01]
    assert table["ppv"].is_monotonic_decreasing and table["npv"].is_monotonic_increasing


def test_a_ratio_worked_by_hand() -> None:
    """.8 (.6 to .9) / .2 (.1 to .4): .6 * 1.0 = .6, .9 * .7 = .63, .1 * .3 = .03, .4 * 0 = 0."""
    ratio, low, high = likelihood_ratio((0.8, 0.6, 0.9), (0.2, 0.1, 0.4))
    assert ratio == pytest.approx(4)
    assert low == pytest.approx((0.16 + math.sqrt(0.16**2)) ** -1 * 0.6)
    assert high == pytest.approx((0.16 + math.sqrt(0.16**2 - 0.63 * 0.03)) / 0.03)


def test_nobody_called_has_no_ppv() -> None:
    found = row(rates(0, 10, 10, 10), 0.1)
    assert found["npv"] == pytest.approx(0.9) and found["npv_low"] < 0.9
    names = [f"{name}{end}" for name in ("ppv", "number_needed_to_biopsy")
             for end in ("", "_low", "_high")]  # fmt: skip
    assert all(math.isnan(found[name]) for name in names)


def test_everybody_called_has_no_npv() -> None:
    found = row(rates(10, 10, 0, 10), 0.1)
    assert found["ppv"] == pytest.approx(0.1)
    assert math.isnan(found["npv"]) and math.isnan(found["npv_high"])


def test_a_perfect_network_is_not_surely_perfect() -> None:
    found = row(rates(10, 10, 10, 10), 0.5)
    assert found["ppv"] == found["ppv_high"] == found["npv"] == found["npv_high"] == 1
    assert found["number_needed_to_biopsy"] == found["number_needed_to_biopsy_low"] == 1
    assert 0.5 < found["ppv_low"] < 0.9
    assert found["npv_low"] == pytest.approx(found["ppv_low"])
    assert found["number_needed_to_biopsy_high"] == pytest.approx(1 / found["ppv_low"])


def test_without_a_hit_the_number_needed_is_infinite() -> None:
    found = row(rates(0, 10, 5, 10), 0.1)
    assert found["ppv"] == found["ppv_low"] == 0 and found["ppv_high"] > 0
    assert math.isnan(found["number_needed_to_biopsy"])
    assert math.isnan(found["number_needed_to_biopsy_high"])
    assert found["number_needed_to_biopsy_low"] == pytest.approx(1 / found["ppv_high"])


def test_the_truth_lies_within_95_of_100_intervals() -> None:
    generator, sensitivity, specificity, part = np.random.default_rng(1), 0.9, 0.85, 0.02
    ppv = part * sensitivity / (part * sensitivity + (1 - part) * (1 - specificity))
    npv = (1 - part) * specificity / ((1 - part) * specificity + part * (1 - sensitivity))
    within = {"ppv": 0, "npv": 0}
    for _ in range(600):
        hits, cleared = generator.binomial(60, sensitivity), generator.binomial(200, specificity)
        found = row(rates(int(hits), 60, int(cleared), 200), part)
        within["ppv"] += found["ppv_low"] <= ppv <= found["ppv_high"]
        within["npv"] += found["npv_low"] <= npv <= found["npv_high"]
    assert all(0.93 <= count / 600 <= 0.98 for count in within.values()), within


def test_a_calibration_curve_at_another_prevalence_worked_by_hand() -> None:
    """Of 100 with 20 malignant, half of 20 at this prediction; at 1 % odds fall by 1/4 / (1/99)."""
    curve = pd.DataFrame({"predicted": [0.5], "observed": [0.75], "low": [0.2], "high": [0.8]})
    own, rare = shifted_calibration(curve, 0.2, [0.2, 0.01]).to_dict("records")
    whole = {"prevalence": 0.2, "expected": 0.5, **curve.iloc[0]}
    assert own == pytest.approx(whole)
    factor = (1 / 99) / (1 / 4)
    odds = {"expected": 1, "observed": 3, "low": 1 / 4, "high": 4}
    found = {name: rare[name] / (1 - rare[name]) for name in odds}
    assert found == pytest.approx({name: value * factor for name, value in odds.items()})
    assert (rare["prevalence"], rare["predicted"]) == (0.01, 0.5)


def test_no_curve_is_no_curve_anywhere() -> None:
    empty = pd.DataFrame({name: np.empty(0) for name in ("predicted", "observed", "low", "high")})
    assert shifted_calibration(empty, 0.2, [0.01, 0.02]).empty
