"""Logistic regression on one feature, for many resamples at once: 1,000 take half a second."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.evaluation.calibrator import expit
from lesion_pipeline.statistics.bootstrap import Weights

Floats = NDArray[np.float64]

STEPS: Final = 50  # of Newton's method, which needs five to ten; a slope above 100 isn't reached
LONGEST: Final = 2.0  # step, so that a bad start can't make it diverge
CLOSE: Final = 1e-7  # a last step of this length leaves an error of about its square
NO_SPREAD: Final = 1e-12  # variance of the feature over its mean square: mere rounding


def regress(targets: Floats, feature: Floats, weights: Weights) -> tuple[Floats, Floats]:
    """Fit log odds = constant + slope * feature by maximum likelihood, without a penalty.

    Args:
        targets: (images,), 0 to 1.
        feature: (images,), finite.
        weights: (resamples, images), how often an image is in a resample, 0 or more.

    Returns:
        constant and slope, (resamples,) each; NaN where no finite values are optimal.
    """
    whole = _newton(targets, feature, weights.sum(axis=0, keepdims=True), (0.0, 0.0), True)
    start = (0.0, 0.0) if np.isnan(whole).any() else (whole[0][0], whole[1][0])
    return _newton(targets, feature, weights, start, True)


def shift(targets: Floats, feature: Floats, weights: Weights) -> Floats:
    """Fit log odds = constant + feature, as `regress` does; return the constants, (resamples,)."""
    return _newton(targets, feature, weights, (0.0, 1.0), False)[0]


def _newton(
    targets: Floats, feature: Floats, weights: Weights, start: tuple[float, float], both: bool
) -> tuple[Floats, Floats]:
    """Maximise the weighted likelihood over constant and slope (`both`), or the constant alone."""
    constant, slope = (np.full(len(weights), value) for value in start)
    powers = np.stack([np.ones_like(feature), feature, feature**2], axis=1)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for _ in range(STEPS):
            means = expit(constant[:, None] + slope[:, None] * feature)
            gradient = (weights * (targets - means)) @ powers[:, :2]
            curvature = (weights * (means * (1 - means))) @ powers
            steps = _steps(gradient, curvature, both)
            constant, slope = constant + steps[0], slope + steps[1]
            if not (np.abs(steps) > CLOSE).any():
                break
    found = (np.abs(steps) <= CLOSE).all(axis=0)
    return np.where(found, constant, np.nan), np.where(found, slope, np.nan)


def _steps(gradient: Floats, curvature: Floats, both: bool) -> Floats:
    """Return Newton's steps of constant and slope, (2, resamples)."""
    (first, second), (none, one, two) = gradient.T, curvature.T
    if both:
        determinant = none * two - one**2
        determinant[determinant <= NO_SPREAD * none * two] = np.nan
        steps = np.stack([two * first - one * second, none * second - one * first]) / determinant
    else:
        steps = np.stack([first / none, np.zeros_like(first)])
    return np.asarray(np.clip(steps, -LONGEST, LONGEST))
