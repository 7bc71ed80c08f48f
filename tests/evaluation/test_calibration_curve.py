"""A smooth calibration curve: where it lies, and how often its band holds the truth."""

import numpy as np
import pandas as pd
import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.evaluation.calibration_curve import calibration_curve
from lesion_pipeline.evaluation.calibrator import expit, logit
from lesion_pipeline.scores.results import Resamples

RESAMPLES = Resamples(samples=200, seed=1)


def sample(lesions: int, seed: int, slope: float = 1.0) -> pd.DataFrame:
    """Two images per lesion; malignant as often as expit(slope * log odds of the probability)."""
    generator = np.random.default_rng(seed)
    log_odds = np.repeat(generator.normal(-1, 1.5, lesions), 2)
    labels = np.repeat(generator.random(lesions), 2) < expit(slope * log_odds)
    return pd.DataFrame(
        {
            "lesion": np.repeat(np.arange(lesions), 2),
            "label": labels.astype(np.int64),
            "probability": expit(log_odds),
        }
    )


def curve(table: pd.DataFrame) -> pd.DataFrame:
    labels, scores = table["label"].to_numpy(), table["probability"].to_numpy()
    return calibration_curve(labels, scores, table["lesion"], RESAMPLES)


def test_a_curve_reaches_from_the_lowest_to_the_highest_prediction() -> None:
    table = sample(60, 1)
    found = curve(table)
    assert list(found) == ["predicted", "observed", "low", "high"]
    ends = [table["probability"].min(), table["probability"].max()]
    np.testing.assert_allclose(found["predicted"].iloc[[0, -1]], ends)
    assert found["predicted"].is_monotonic_increasing
    assert (found["low"] <= found["observed"]).all() and (found["observed"] <= found["high"]).all()


def test_probabilities_that_are_too_extreme_are_seen() -> None:
    found = curve(sample(4000, 1, slope=0.5))
    expected = expit(0.5 * logit(found["predicted"]))
    np.testing.assert_allclose(found["observed"], expected, atol=0.03)


def test_the_band_holds_the_truth_of_images_that_share_lesions() -> None:
    """At the mean log odds, in 19 of 20 samples: with images drawn singly it would in fewer."""
    held = []
    for seed in range(60):
        found = curve(sample(150, seed))
        row = found.iloc[np.abs(logit(found["predicted"]) + 1).argmin()]
        held.append(row["low"] <= row["predicted"] <= row["high"])
    assert np.mean(held) >= 0.88


@pytest.mark.parametrize("scores", [[0.3] * 4, [0.1, 0.2, 0.8, 0.9]], ids=["equal", "separated"])
def test_without_a_finite_curve_the_table_is_empty(scores: list[float]) -> None:
    labels = np.array([0, 0, 1, 1])
    found = calibration_curve(labels, np.array(scores), np.arange(4), RESAMPLES)
    assert list(found) == ["predicted", "observed", "low", "high"] and found.empty


def test_one_class_is_refused() -> None:
    with pytest.raises(DataError, match=r"^expected labels 0 and 1, both, received \[1\]$"):
        calibration_curve(np.array([1, 1]), np.array([0.1, 0.2]), np.arange(2), RESAMPLES)
