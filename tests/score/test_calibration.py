"""How far probabilities are from frequencies."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lesion_pipeline.errors import DataError
from lesion_pipeline.score.calibration import calibration_error
from tests.score.strategies import predictions


def test_two_bins_worked_by_hand() -> None:
    labels, scores = np.array([0, 1, 0, 1, 1]), np.array([0.5, 0.75, 0.25, 1.0, 0.0])
    # Predicted .25 and observed 1/3 of three images, .875 and 1 of two.
    assert calibration_error(labels, scores, 2) == pytest.approx((3 * (1 / 12) + 2 * 0.125) / 5)


@settings(max_examples=60, deadline=None)
@given(scored=predictions(), bins=st.integers(1, 50))
def test_it_is_what_the_formula_says(scored: tuple[np.ndarray, np.ndarray], bins: int) -> None:
    labels, scores = scored
    order = np.argsort(scores, kind="stable")
    off = [abs((scores[part] - labels[part]).sum()) for part in np.array_split(order, bins)]
    found = calibration_error(labels, scores, bins)
    assert found == pytest.approx(sum(off) / len(labels), abs=1e-12)
    assert 0 <= found <= 1


def test_of_calibrated_probabilities_little_is_left() -> None:
    generator = np.random.default_rng(1)
    scores = generator.random(20_000)
    labels = (generator.random(20_000) < scores).astype(np.int64)
    assert calibration_error(labels, scores, 10) < 0.02
    assert calibration_error(labels, scores**2, 10) == pytest.approx(1 / 2 - 1 / 3, abs=0.01)


def test_one_class_is_refused() -> None:
    with pytest.raises(DataError, match=r"^expected labels 0 and 1, both, received \[1\]$"):
        calibration_error(np.array([1, 1]), np.array([0.5, 0.5]), 2)
