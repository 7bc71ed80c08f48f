"""Calibrators: what they make of a probability, and that JSON holds all of them."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from lesion_pipeline.evaluation.calibrator import (
    Calibrator,
    Isotonic,
    Platt,
    Unchanged,
    calibrator_from,
    expit,
    logit,
)

PLATT = Platt(slope=2, intercept=math.log(3))
ISOTONIC = Isotonic(predicted=(0.25, 0.5, 0.75), calibrated=(0.125, 0.125, 0.625))
EACH = (PLATT, ISOTONIC, Unchanged())


@pytest.mark.parametrize(
    ("calibrator", "probability", "calibrated"),
    [
        (PLATT, 0.5, 3 / 4),  # odds 1 ** 2 * 3
        (PLATT, 0.25, 1 / 4),  # odds (1 / 3) ** 2 * 3
        (ISOTONIC, 0.0, 0.125),
        (ISOTONIC, 0.375, 0.125),
        (ISOTONIC, 0.625, 0.375),
        (ISOTONIC, 0.9, 0.625),
        (Isotonic(predicted=(0.5,), calibrated=(0.25,)), 0.1, 0.25),
        (Unchanged(), 0.3, 0.3),
    ],
)
def test_worked_by_hand(calibrator: Calibrator, probability: float, calibrated: float) -> None:
    assert float(calibrator.apply(probability)) == pytest.approx(calibrated, abs=1e-12)


@pytest.mark.parametrize("calibrator", EACH, ids=lambda each: each.method)
def test_json_gives_the_same_back(calibrator: Calibrator) -> None:
    text = json.dumps(calibrator.model_dump(mode="json"))
    assert calibrator_from(json.loads(text)) == calibrator


@pytest.mark.parametrize("calibrator", EACH, ids=lambda each: each.method)
def test_sure_probabilities_stay_finite_and_shapes_stay(calibrator: Calibrator) -> None:
    said = np.array([[0.0, 1.0], [1e-30, 0.5]], dtype=np.float32)
    calibrated = calibrator.apply(said)
    assert calibrated.shape == (2, 2) and calibrated.dtype == np.float64
    assert ((calibrated >= 0) & (calibrated <= 1)).all()


@pytest.mark.parametrize("calibrator", EACH, ids=lambda each: each.method)
def test_the_order_is_kept(calibrator: Calibrator) -> None:
    assert (np.diff(calibrator.apply(np.linspace(0, 1, 101))) >= 0).all()


def test_nan_stays_nan() -> None:
    assert all(np.isnan(calibrator.apply(math.nan)) for calibrator in EACH)


@pytest.mark.parametrize(
    "content",
    [
        {"slope": 1.0, "intercept": 0.0},
        {"method": "beta"},
        {"method": "platt", "slope": 1.0},
        {"method": "platt", "slope": "1", "intercept": 0.0},
        {"method": "platt", "slope": math.nan, "intercept": 0.0},
        {"method": "isotonic", "predicted": [], "calibrated": []},
        {"method": "isotonic", "predicted": [0.1, 0.2], "calibrated": [0.5]},
        {"method": "isotonic", "predicted": [0.1, 0.1], "calibrated": [0.5, 0.6]},
        {"method": "isotonic", "predicted": [0.1, 0.2], "calibrated": [0.6, 0.5]},
        {"method": "isotonic", "predicted": [0.1, 1.2], "calibrated": [0.5, 0.6]},
    ],
)
def test_what_is_no_calibrator_is_refused(content: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        calibrator_from(content)


@given(st.floats(1e-6, 1 - 1e-6))
def test_log_odds_and_back(probability: float) -> None:
    assert float(expit(logit(probability))) == pytest.approx(probability, rel=1e-9)


def test_log_odds_are_cut_where_float32_ends() -> None:
    assert logit([0.0, 1e-9, 1.0]) == pytest.approx(math.log(1e7) * np.array([-1, -1, 1]))
