"""95 % interval of a ROC-AUC, for few malignant lesions too, and for images that share lesions.

The bootstrap's interval is too narrow where few lesions are malignant, and has no width where they
are ranked perfectly. This one is a score interval: the areas t that the observed one would not
contradict, (A - t)^2 <= z^2 V(t), with the variance V at t instead of at A (Newcombe 2006,
Statistics in Medicine 25:559-573, method 5). V is Hanley and McNeil's (1982, Radiology 143:29-36)
for as many malignant as benign images, their mean number, in its two terms.

Images of one lesion are alike. The number of images of each class is divided by the design effect:
the factor by which lesions raise the variance of the class's part of the area (Obuchowski 1997,
Biometrics 53:567-578) above that for independent images (DeLong, DeLong and Clarke-Pearson 1988,
Biometrics 44:837-845). `python benchmarks/roc_intervals.py` measures how often the interval
contains the truth.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lesion_pipeline.statistics.intervals import Z
from lesion_pipeline.statistics.metrics import Labels, Probabilities, check

HALVINGS: Final = 50  # of the range in which an end lies
NEXT_TO: Final = 1e-12  # at the area itself, 0 or 1, the variance and both sides may be 0


def roc_auc_interval(
    labels: Labels, probabilities: Probabilities, lesions: ArrayLike
) -> tuple[float, float]:
    """Return the 95 % interval (low, high), 0 to 1, of the ROC-AUC.

    Args:
        labels: (images,), 0 or 1.
        probabilities: (images,), 0 to 1.
        lesions: (images,), the name of each image's lesion; all different: independent images.

    Raises:
        DataError: see metrics.check.
    """
    check(labels, probabilities)
    of_lesion = np.unique(np.asarray(lesions), return_inverse=True)[1]
    malignant = labels == 1
    parts = _parts(probabilities, malignant)
    area = float(parts[malignant].mean())
    numbers = [_effective_number(parts[side], of_lesion[side]) for side in (malignant, ~malignant)]

    def outside(t: float) -> bool:
        return (area - t) ** 2 > Z**2 * _variance(t, *numbers)

    low = _last(outside, 0.0, area - NEXT_TO) if area > 0 else 0.0
    high = 1 - _last(lambda t: outside(1 - t), 0.0, 1 - area - NEXT_TO) if area < 1 else 1.0
    return low, high


def _parts(probabilities: Probabilities, malignant: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return which part of the other class each image is ranked right against, ties half."""
    parts = np.empty(len(probabilities))
    for side, sign in ((malignant, 1), (~malignant, -1)):
        values, others = sign * probabilities[side], np.sort(sign * probabilities[~side])
        below = np.searchsorted(others, values, "left") + np.searchsorted(others, values, "right")
        parts[side] = below / (2 * len(others))
    return parts


def _effective_number(parts: NDArray[np.float64], lesions: NDArray[np.int64]) -> float:
    """Return how many independent images of a class carry as much information, 1 or more.

    The design effect lies between 1 and its value if all images of a lesion have the same part,
    which is used where all images have.
    """
    _, of_lesion, sizes = np.unique(lesions, return_inverse=True, return_counts=True)
    images, clusters = len(parts), len(sizes)
    highest = float((sizes**2).sum() / images)
    deviations = parts - parts.mean()
    spread = float((deviations**2).sum())
    effect = highest
    if clusters > 1 and spread > 0:
        between = float((np.bincount(of_lesion, deviations) ** 2).sum())
        effect = between * clusters / (clusters - 1) / (spread * images / (images - 1))
    return images / min(max(effect, 1), highest)


def _variance(area: float, malignant: float, benign: float) -> float:
    """Return the variance of an estimated area from independent images."""
    pairs = (malignant + benign) / 2 - 1
    return (
        area * (1 - area) * (1 + pairs * (1 - area) / (2 - area) + pairs * area / (1 + area))
    ) / (malignant * benign)


def _last(holds: Callable[[float], bool], low: float, high: float) -> float:
    """Return the end of the range from `low` in which something holds; it doesn't at `high`."""
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return high
