"""Calibrators: calibrated probabilities, and their JSON."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lesion_pipeline.core.digits import rounded_content
from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.files import write_json
from lesion_pipeline.evaluation.calibrator import (
    Calibrator,
    Isotonic,
    Platt,
    Unchanged,
    at_prevalence,
    expit,
    logit,
    read_calibrator,
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
def test_a_calibrator_is_read_as_it_was_written(calibrator: Calibrator, tmp_path: Path) -> None:
    write_json(tmp_path / "calibrator.json", calibrator.model_dump(mode="json"))
    read = read_calibrator(tmp_path / "calibrator.json").model_dump(mode="json")
    assert read == rounded_content(calibrator.model_dump(mode="json"))


@pytest.mark.parametrize("calibrator", EACH, ids=lambda each: each.method)
def test_extreme_probabilities_stay_finite_and_shapes_stay(calibrator: Calibrator) -> None:
    probabilities = np.array([[0.0, 1.0], [1e-30, 0.5]], dtype=np.float32)
    calibrated = calibrator.apply(probabilities)
    assert calibrated.shape == (2, 2) and calibrated.dtype == np.float64
    assert ((calibrated >= 0) & (calibrated <= 1)).all()


@pytest.mark.parametrize("calibrator", EACH, ids=lambda each: each.method)
def test_the_order_is_kept(calibrator: Calibrator) -> None:
    assert (np.diff(calibrator.apply(np.linspace(0, 1, 101))) >= 0).all()


def test_nan_stays_nan() -> None:
    assert all(np.isnan(calibrator.apply(math.nan)) for calibrator in EACH)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ('{"slope": 1.0, "intercept": 0.0}', "Unable to extract tag using discriminator 'method'"),
        ('{"method": "beta"}', "Input tag 'beta' found using 'method' does not match"),
        ('{"method": "platt", "slope": 1.0}', "platt.intercept: Field required"),
        (
            '{"method": "platt", "slope": "1", "intercept": 0}',
            "platt.slope: expected a valid number",
        ),
        (
            '{"method": "platt", "slope": NaN, "intercept": 0}',
            "platt.slope: expected a finite number",
        ),
        (
            '{"method": "isotonic", "predicted": [], "calibrated": []}',
            "isotonic.predicted: Tuple should have at least 1 item",
        ),
        (
            '{"method": "isotonic", "predicted": [0.1, 0.2], "calibrated": [0.5]}',
            "isotonic: expected as many calibrated as predicted",
        ),
        (
            '{"method": "isotonic", "predicted": [0.1, 0.1], "calibrated": [0.5, 0.6]}',
            "isotonic: expected predicted to rise",
        ),
        (
            '{"method": "isotonic", "predicted": [0.1, 0.2], "calibrated": [0.6, 0.5]}',
            "isotonic: expected predicted to rise and calibrated not to fall",
        ),
        (
            '{"method": "isotonic", "predicted": [0.1, 1.2], "calibrated": [0.5, 0.6]}',
            "isotonic.predicted.1: expected less than or equal to 1",
        ),
        ("[]", "expected a JSON object, received list"),
        ("{", "is not valid JSON"),
    ],
)
def test_what_is_no_calibrator_is_named(content: str, problem: str, tmp_path: Path) -> None:
    file = tmp_path / "calibrator.json"
    file.write_text(content)
    with pytest.raises(DataError) as error:
        read_calibrator(file)
    assert str(error.value).startswith(str(file)) and problem in str(error.value)


def test_a_missing_calibrator_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"calibrator\.json not found$"):
        read_calibrator(tmp_path / "calibrator.json")


@given(st.floats(1e-6, 1 - 1e-6))
def test_log_odds_and_back(probability: float) -> None:
    assert float(expit(logit(probability))) == pytest.approx(probability, rel=1e-9)


def test_log_odds_are_cut_where_float32_ends() -> None:
    assert logit([0.0, 1e-9, 1.0]) == pytest.approx(math.log(1e7) * np.array([-1, -1, 1]))


def test_at_another_prevalence_the_frequencies_are_those_there() -> None:
    """Two kinds of images; malignant ones are thinned out to a twentieth."""
    counts = np.array([[300, 100], [50, 550]])  # by kind: benign, malignant
    frequencies = counts[:, 1] / counts.sum(axis=1)
    rarer = counts * [1, 0.05]
    known, wanted = (table.sum(axis=0)[1] / table.sum() for table in (counts, rarer))
    found = at_prevalence(frequencies, known, wanted)
    np.testing.assert_allclose(found, rarer[:, 1] / rarer.sum(axis=1), rtol=1e-12)
