"""Measures of calibration (is 20 % one in five?), and fitting a calibrator.

Measures after Van Calster and others 2019, BMC Medicine 17:230, doi:10.1186/s12916-019-1466-7: the
intercept shows whether probabilities are too high or too low on average, the slope whether they are
too extreme, and the calibration error how far predictions are from observations in each bin.
"""

from functools import partial

import numpy as np
from sklearn.isotonic import IsotonicRegression

from lesion_pipeline.evaluation.calibrator import Calibrator, Isotonic, Platt, Unchanged, logit
from lesion_pipeline.evaluation.logistic import Floats, regress, shift
from lesion_pipeline.scores.params import CalibrationMethod
from lesion_pipeline.statistics.bootstrap import Estimate, ResampledScores, Weights
from lesion_pipeline.statistics.curves import calibration_table
from lesion_pipeline.statistics.metrics import Labels, Probabilities, check


def calibration_error(labels: Labels, probabilities: Probabilities, bins: int) -> float:
    """Compute the expected calibration error in bins of equally many images, 0 to 1.

    The mean over images of the distance between the predicted and the observed frequency in an
    image's bin (Naeini, Cooper and Hauskrecht 2015, AAAI; equal-mass bins as in Nixon and others
    2019, arXiv:1904.01685). Chance alone keeps it above 0, the more so the fewer images there are.
    Resampling adds further chance, so unlike slope and intercept it has no interval.

    Args:
        labels: (images,), 0 or 1.
        probabilities: (images,), 0 to 1.
        bins: number of bins, as curves.calibration_table makes them.

    Raises:
        DataError: see metrics.check.
    """
    table = calibration_table(labels, probabilities, bins)
    distances = (table["predicted"] - table["observed"]).abs()
    return float((distances * table["images"]).sum() / len(labels))


def weighted_calibration(
    labels: Labels, probabilities: Probabilities, weights: Weights
) -> ResampledScores:
    """Compute calibration slope and intercept of resamples by logistic recalibration.

    The slope is the coefficient of the log odds in a logistic regression of the label on them, with
    a free constant: 1 is ideal, and below 1 probabilities are too extreme. The intercept is
    calibration in the large, the constant with the slope fixed at 1: 0 is ideal, and below 0
    probabilities are too high.

    Args:
        labels: (images,), 0 or 1.
        probabilities: (images,), 0 to 1; log odds as in calibrator.logit.
        weights: (resamples, images), how often an image is in a resample, 0 or more.

    Returns:
        calibration_slope and calibration_intercept, (resamples,) each. Both are NaN where a
        resample has one class only. The slope is NaN also where all probabilities are equal or a
        threshold separates the classes perfectly: then no finite slope is optimal.

    Raises:
        DataError: see metrics.check.
    """
    check(labels, probabilities)
    log_odds = logit(probabilities)
    _, slope = regress(labels.astype(np.float64), log_odds, weights)
    return {
        "calibration_slope": slope,
        "calibration_intercept": shift(labels.astype(np.float64), log_odds, weights),
    }


def calibration(labels: Labels, probabilities: Probabilities) -> Estimate:
    """Estimate calibration_slope and calibration_intercept; None: see weighted_calibration."""
    score = partial(weighted_calibration, labels, probabilities)
    once = score(np.ones((1, len(labels)), dtype=np.int64))
    values = {name: float(scores[0]) for name, scores in once.items()}
    return Estimate(
        {name: None if np.isnan(value) else value for name, value in values.items()}, score
    )


def fit_calibrator(
    labels: Labels, probabilities: Probabilities, method: CalibrationMethod
) -> Calibrator:
    """Fit a calibrator.

    The targets are not 1 and 0 but (malignant + 1) / (malignant + 2) and 1 / (benign + 2), as Platt
    proposed: a finite number of images does not prove certainty. This keeps the slope finite when
    the classes are perfectly separated, and an isotonic fit away from 0 and 1.

    Args:
        labels: (images,), 0 or 1; of val, never of test.
        probabilities: (images,), 0 to 1.
        method: platt, isotonic, or none. Neither of the first two reverses the order: where
            probabilities don't rise with malignancy, or are all equal, both map every probability
            to the mean.

    Raises:
        DataError: see metrics.check.
    """
    check(labels, probabilities)
    malignant = int(labels.sum())
    benign = len(labels) - malignant
    targets = np.where(labels == 1, (malignant + 1) / (malignant + 2), 1 / (benign + 2))
    if method == "none":
        return Unchanged()
    fit = _fit_platt if method == "platt" else _fit_isotonic
    return fit(targets, probabilities.astype(np.float64))


def _fit_platt(targets: Floats, probabilities: Floats) -> Platt:
    log_odds, once = logit(probabilities), np.ones((1, len(targets)), dtype=np.int64)
    constant, slope = regress(targets, log_odds, once)
    if slope[0] > 0:
        return Platt(slope=float(slope[0]), intercept=float(constant[0]))
    return Platt(slope=0, intercept=float(logit(targets.mean())))


def _fit_isotonic(targets: Floats, probabilities: Floats) -> Isotonic:
    fitted = IsotonicRegression().fit(probabilities, targets)
    return Isotonic(
        predicted=tuple(fitted.X_thresholds_.tolist()),
        calibrated=tuple(fitted.y_thresholds_.tolist()),
    )
