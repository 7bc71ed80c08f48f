"""A smooth calibration curve with a band: logistic recalibration in resamples of the lesions.

The curve of Cox 1958, Biometrika 45:562-565, log odds of malignancy linear in the predicted log
odds, as Van Calster and others 2016, J. Clin. Epidemiol. 74:167-176, draw it: two parameters can be
estimated from a few dozen lesions, and show whether probabilities are too high or too extreme.
What they can't show, the bins of curves.calibration_table do.
"""

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from lesion_pipeline.evaluation.calibrator import expit, logit
from lesion_pipeline.evaluation.logistic import Floats, regress
from lesion_pipeline.scores.results import Resamples
from lesion_pipeline.statistics.bootstrap import Weights, lesion_weights, percentile_interval
from lesion_pipeline.statistics.metrics import Labels, Probabilities, check

POINTS: Final = 60  # of a curve, evenly by log odds
LOWEST: Final = 0.001  # probability that a curve begins at: below it no figure would show it
COLUMNS: Final = ("predicted", "observed", "low", "high")


def calibration_curve(
    labels: Labels, probabilities: Probabilities, lesions: ArrayLike, resamples: Resamples
) -> pd.DataFrame:
    """Estimate which fraction is malignant at each predicted probability.

    Args:
        labels: (images,), 0 or 1.
        probabilities: (images,), 0 to 1.
        lesions: (images,), the name of each image's lesion.
        resamples: of the lesions, for the band. Those without a finite curve are left out.

    Returns:
        One row per point, from the lowest to the highest prediction: predicted, observed, and low
        and high, the ends of its 95 % interval at that point; 0 to 1. Empty where no finite curve
        is optimal: all probabilities are equal, or a threshold separates the classes perfectly.

    Raises:
        DataError: see metrics.check.
    """
    check(labels, probabilities)
    feature = logit(probabilities)
    low, high = np.clip([feature.min(), feature.max()], logit(LOWEST), logit(1 - LOWEST))
    points = np.linspace(float(low), float(high), POINTS)
    (observed,) = _lines(labels, feature, np.ones((1, len(labels)), dtype=np.int64), points)
    if np.isnan(observed).any():
        return pd.DataFrame({name: np.empty(0) for name in COLUMNS})
    resampled = [
        _lines(labels, feature, weights, points) for weights in lesion_weights(lesions, resamples)
    ]
    band = np.array([percentile_interval(values) for values in np.concatenate(resampled).T])
    curves = (points, observed, *band.T)
    return pd.DataFrame({name: expit(c) for name, c in zip(COLUMNS, curves, strict=True)})


def _lines(labels: Labels, feature: Floats, weights: Weights, points: Floats) -> Floats:
    """Return the log odds of malignancy at points, (resamples, points)."""
    constant, slope = regress(labels.astype(np.float64), feature, weights)
    return np.asarray(constant[:, None] + slope[:, None] * points)
