"""95 % intervals of rates: Wilson's, for independent trials, and for images that share lesions."""

from statistics import NormalDist
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

LEVEL: Final = 0.95  # how often an interval should contain the truth
Z: Final = NormalDist().inv_cdf((1 + LEVEL) / 2)


def wilson_interval(successes: int, trials: int) -> tuple[float, float] | None:
    """Return the Wilson score interval (low, high), 0 to 1, of successes / trials.

    Unlike the textbook interval it stays within 0 and 1 and has a width at 0 of n (Wilson 1927,
    J. Am. Stat. Assoc. 22:209-212). It assumes independent trials: for several images of one
    lesion it is too narrow; see `rate_interval`.

    Args:
        successes: 0 to `trials`.
        trials: 0 or more.

    Returns:
        The interval; None if there are no trials.

    Raises:
        ValueError: successes are not from 0 to trials.
    """
    if not 0 <= successes <= trials:
        raise ValueError(f"expected 0 to {trials} successes, received {successes}")
    if trials == 0:
        return None
    low, high = _wilson(np.array(successes / trials), np.array(float(trials)))
    return float(low), float(high)


def rate_interval(hits: ArrayLike, lesions: ArrayLike) -> tuple[float, float] | None:
    """Return the 95 % interval (low, high), 0 to 1, of the fraction of images that are hits.

    Wilson's interval for the effective number of images; see `rate_intervals`.

    Args:
        hits: (images,), bool.
        lesions: (images,), the name of each image's lesion.

    Returns:
        The interval; None if there are no images.
    """
    found = np.asarray(hits, dtype=bool)
    if not len(found):
        return None
    low, high = rate_intervals(found[None], lesions)
    return float(low[0]), float(high[0])


def rate_intervals(
    hits: NDArray[np.bool_], lesions: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return low and high ends for several rates of the same images at once.

    Images of one lesion are alike and carry less information than as many lesions. Their number is
    divided by the design effect, the factor by which this raises the variance of the rate (Rao and
    Scott 1992, Biometrics 48:577-585); the quotient enters Wilson's formula (as Korn and Graubard
    1998, Survey Methodology 24:193-201, do with the exact interval). Unlike a bootstrap, the
    interval keeps a width when every image is a hit and all resamples agree.

    The design effect lies between 1 (independent images; Wilson's interval itself if each lesion
    has one image) and its value if all images of a lesion agree. The latter is used where all
    images are hits, or none, as there is nothing to estimate it from.

    Args:
        hits: (rates, images), bool; at least one image.
        lesions: (images,), the name of each image's lesion.

    Returns:
        Low and high ends, (rates,) each, 0 to 1.
    """
    trials = hits.shape[1]
    rates = hits.mean(axis=1)
    return _wilson(rates, trials / _design_effects(hits, rates, lesions))


def _design_effects(
    hits: NDArray[np.bool_], rates: NDArray[np.float64], lesions: ArrayLike
) -> NDArray[np.float64]:
    """Compare the variance of rates over lesions with that over images, (rates,), 1 or more."""
    _, lesion_of, sizes = np.unique(np.asarray(lesions), return_inverse=True, return_counts=True)
    trials, clusters = len(lesion_of), len(sizes)
    order, starts = np.argsort(lesion_of, kind="stable"), np.cumsum(sizes) - sizes
    found = np.add.reduceat(hits[:, order], starts, axis=1, dtype=np.int64)
    highest = float((sizes**2).sum() / trials)
    effects = np.full(len(hits), highest)
    spread = rates * (1 - rates)
    if clusters > 1:
        known = spread > 0
        between = ((found[known] - rates[known, None] * sizes) ** 2).sum(axis=1)
        variance = between * clusters / (clusters - 1) / trials**2
        effects[known] = variance / (spread[known] / (trials - 1))
    return np.asarray(np.clip(effects, 1, highest))


def _wilson(
    rates: NDArray[np.float64], trials: NDArray[np.float64]
) -> tuple[NDArray[Any], NDArray[Any]]:
    middle = rates + Z**2 / (2 * trials)
    half = Z * np.sqrt(rates * (1 - rates) / trials + (Z / (2 * trials)) ** 2)
    whole = 1 + Z**2 / trials
    # Rounding may leave the ends of the rates 0 and 1 slightly inside.
    low = np.where(rates == 0, 0.0, np.maximum((middle - half) / whole, 0))
    high = np.where(rates == 1, 1.0, np.minimum((middle + half) / whole, 1))
    return low, high
