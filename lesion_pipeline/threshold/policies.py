"""The policies that choose a threshold on val.

All but `fixed` choose among the probabilities that occur in val: each, used as a threshold, calls
itself and all higher ones malignant, so at least one image is called malignant. Of two equally good
thresholds the one with the higher sensitivity is chosen; of two that reach a target sensitivity,
the one with the higher specificity.
"""

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from lesion_pipeline.core.digits import DECIMALS
from lesion_pipeline.core.errors import DataError
from lesion_pipeline.scores.params import ThresholdParams
from lesion_pipeline.statistics.curves import threshold_table
from lesion_pipeline.statistics.intervals import rate_intervals
from lesion_pipeline.statistics.metrics import Labels, Probabilities

ROUNDING: Final = 1e-9  # .07 of 100 images, a bit over 7, must be 7


def choose(
    labels: Labels, probabilities: Probabilities, lesions: ArrayLike, params: ThresholdParams
) -> float:
    """Choose a threshold by `params.policy`.

    Args:
        labels: (images,), 0 or 1, both present.
        probabilities: (images,), 0 to 1.
        lesions: (images,), the name of each image's lesion.
        params: the policy and its values.

    Returns:
        The threshold, 0 to 1.

    Raises:
        DataError: see metrics.check and `reach_surely`.
    """
    if params.policy == "fixed":
        return params.fixed
    table = threshold_table(labels, probabilities)
    if params.policy == "target_sensitivity":
        row = reach(table, params.target_sensitivity)
    elif params.policy == "target_sensitivity_lower_bound":
        bounds = lower_bounds(table["threshold"].to_numpy(), labels, probabilities, lesions)
        row = reach_surely(bounds, params.target_sensitivity)
    elif params.policy == "youden":
        malignant = int(labels.sum())
        row = cheapest(table, labels, miss=len(labels) - malignant, false_alarm=malignant)
    else:
        row = cheapest(table, labels, params.cost.miss, params.cost.false_alarm)
    return midway(table["threshold"].to_numpy(), row)


def reach(table: pd.DataFrame, target: float) -> int:
    """Return the last row of a `threshold_table` with a sensitivity of at least `target`."""
    return int(np.flatnonzero(table["sensitivity"] >= target - ROUNDING)[-1])


def reach_surely(bounds: NDArray[np.float64], target: float) -> int:
    """Return the last row whose interval of the sensitivity begins at `target` or above.

    Raises:
        DataError: there is no such row: there are too few malignant lesions.
    """
    rows = np.flatnonzero(bounds >= target)
    if not len(rows):
        raise DataError(
            "threshold.policy target_sensitivity_lower_bound: val has too few malignant lesions. "
            f"Even with every one found, the 95 % interval of sensitivity begins at "
            f"{bounds[0]:.3f}, below {target:g}: lower threshold.target_sensitivity, take more "
            "lesions or another policy"
        )
    return int(rows[-1])


def lower_bounds(
    thresholds: NDArray[np.float64],
    labels: Labels,
    probabilities: Probabilities,
    lesions: ArrayLike,
) -> NDArray[np.float64]:
    """Return the lower end of the 95 % interval of sensitivity at each threshold, 0 to 1.

    The interval is `intervals.rate_intervals`. A bootstrap of the lesions would give 1 to 1 where
    every malignant image is found, however few there are. As the design effect is an estimate, an
    end could by chance be lower at a lower threshold, where more is found; the running minimum
    makes the ends fall as the thresholds rise.

    Args:
        thresholds: rising, 0 to 1.
        labels: (images,), 0 or 1, both present.
        probabilities: (images,), 0 to 1.
        lesions: (images,), the name of each image's lesion.
    """
    malignant = labels == 1
    found = probabilities[malignant] >= thresholds[:, None]
    return np.minimum.accumulate(rate_intervals(found, np.asarray(lesions)[malignant])[0])


def cheapest(table: pd.DataFrame, labels: Labels, miss: float, false_alarm: float) -> int:
    """Return the first row of a `threshold_table` whose mistakes cost least.

    With well calibrated probabilities its threshold is near false_alarm / (false_alarm + miss)
    (Elkan 2001, IJCAI, 973-978). With costs of 1 / malignant images and 1 / benign images it
    maximises sensitivity + specificity (Youden 1950, Cancer 3:32-35).

    Args:
        table: thresholds with their rates.
        labels: (images,), 0 or 1, of the images that the rates are computed on.
        miss: cost of calling a malignant image benign, above 0.
        false_alarm: cost of calling a benign image malignant, above 0.
    """
    malignant = int(labels.sum())
    misses = np.rint((1 - table["sensitivity"]) * malignant)
    false_alarms = np.rint((1 - table["specificity"]) * (len(labels) - malignant))
    costs = miss * misses + false_alarm * false_alarms
    return int(np.flatnonzero(costs <= costs.min() * (1 + ROUNDING))[0])


def midway(thresholds: NDArray[np.float64], row: int) -> float:
    """Return the middle between a threshold and the next lower one, which decides the same.

    So rounding in another runtime does not change the decision on the image at the threshold. The
    middle of two rounded probabilities has one decimal more than they have.

    Args:
        thresholds: rising, 0 to 1.
        row: index of the threshold. The first one is returned as it is.
    """
    edge = float(thresholds[row])
    if row == 0:
        return edge
    below = float(thresholds[row - 1])
    middle = (edge + below) / 2
    short = round(middle, DECIMALS + 1)
    fitting = (number for number in (short, middle) if below < number <= edge)
    return next(fitting, edge)  # nothing fits between neighbours
