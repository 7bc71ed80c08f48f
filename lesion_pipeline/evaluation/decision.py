"""Decision curves: does deciding by the network do more good than treating all or none?

After Vickers and Elkin 2006, Medical Decision Making 26:565-574, doi:10.1177/0272989X06295361.
"""

from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lesion_pipeline.statistics.metrics import Labels, Probabilities, check

THRESHOLDS: Final = np.arange(1, 100) / 100


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
    check(labels, probabilities)
    called = probabilities >= thresholds[:, None]
    found, alarms = ((called & (labels == label)).sum(axis=1) for label in (1, 0))
    return np.asarray((found - alarms * thresholds / (1 - thresholds)) / len(labels))


def decision_table(labels: Labels, probabilities: dict[str, Probabilities]) -> pd.DataFrame:
    """Compute the net benefit of networks and of treating all and none.

    Args:
        labels: (images,), 0 or 1.
        probabilities: (images,), 0 to 1, by name.

    Returns:
        One row per threshold from .01 to .99: threshold, one column per name, all, none.

    Raises:
        DataError: see metrics.check.
    """
    everyone = np.ones(len(labels))
    policies = {**probabilities, "all": everyone}
    columns = {name: net_benefit(labels, values, THRESHOLDS) for name, values in policies.items()}
    return pd.DataFrame({"threshold": THRESHOLDS, **columns, "none": 0.0})
