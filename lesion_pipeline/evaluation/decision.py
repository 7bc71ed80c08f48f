"""Decision curves: does deciding by the network do more good than treating all or none?

After Vickers and Elkin 2006, Medical Decision Making 26:565-574, doi:10.1177/0272989X06295361.
"""

from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from lesion_pipeline.scores.results import Resamples
from lesion_pipeline.statistics.bootstrap import Weights, lesion_weights, percentile_interval
from lesion_pipeline.statistics.metrics import Labels, Probabilities, check

POINTS: Final = 50  # thresholds of a curve


def net_benefit(
    labels: Labels, probabilities: Probabilities, thresholds: NDArray[np.floating[Any]]
) -> NDArray[np.float64]:
    """Compute true positives less weighted false alarms, per image.

    To treat from a probability t on implies that a miss is (1 - t) / t times as bad as a false
    alarm, so a false alarm weighs t / (1 - t).

    Args:
        labels: (images,), 0 or 1.
        probabilities: (images,), 0 to 1; treated when >= threshold.
        thresholds: (thresholds,), above 0 and below 1.

    Returns:
        (thresholds,), at most the fraction of malignant images; below 0 it does harm.

    Raises:
        DataError: see metrics.check.
    """
    once = np.ones((1, len(labels)), dtype=np.int64)
    return np.asarray(weighted_net_benefit(labels, probabilities, thresholds, once)[0])


def weighted_net_benefit(
    labels: Labels,
    probabilities: Probabilities,
    thresholds: NDArray[np.floating[Any]],
    weights: Weights,
) -> NDArray[np.float64]:
    """Compute the net benefit of resamples as `net_benefit` would; (resamples, thresholds).

    Args:
        labels: (images,), 0 or 1.
        probabilities: (images,), 0 to 1.
        thresholds: (thresholds,), above 0 and below 1.
        weights: (resamples, images), how often an image is in a resample, 0 or more.

    Raises:
        DataError: see metrics.check.
    """
    check(labels, probabilities)
    called = probabilities[:, None] >= thresholds
    # Whole numbers as floats: exact, whatever the order of the sum.
    counts = weights.astype(np.float64)
    found, alarms = (
        counts @ (called & (labels == label)[:, None]).astype(np.float64) for label in (1, 0)
    )
    benefit = found - alarms * thresholds / (1 - thresholds)
    return np.asarray(benefit / counts.sum(axis=1, keepdims=True))


def decision_table(
    labels: Labels,
    probabilities: dict[str, Probabilities],
    between: tuple[float, float],
    lesions: ArrayLike,
    resamples: Resamples,
) -> pd.DataFrame:
    """Compute the net benefit of networks and of treating all and none.

    Args:
        labels: (images,), 0 or 1.
        probabilities: (images,), 0 to 1, by name.
        between: the lowest and the highest threshold, above 0 and below 1.
        lesions: (images,), the name of each image's lesion.
        resamples: of the lesions, for the intervals.

    Returns:
        One row per threshold: threshold; for each name the net benefit and the ends of its 95 %
        interval, <name>_low and <name>_high; all, none.

    Raises:
        DataError: see metrics.check.
    """
    thresholds = np.round(np.linspace(*between, POINTS), 6)
    columns = {"threshold": thresholds}
    for name, values in probabilities.items():
        columns[name] = net_benefit(labels, values, thresholds)
        resampled = [
            weighted_net_benefit(labels, values, thresholds, weights)
            for weights in lesion_weights(lesions, resamples)
        ]
        ends = [percentile_interval(column) for column in np.concatenate(resampled).T]
        columns[f"{name}_low"], columns[f"{name}_high"] = np.array(ends).T
    columns["all"] = net_benefit(labels, np.ones(len(labels)), thresholds)
    return pd.DataFrame({**columns, "none": 0.0})
