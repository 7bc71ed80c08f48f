"""Which trials are as good as the best, as far as val can tell?

Both are scored on the same resamples of val's lesions, as `lesion compare` does. Trials whose
difference's 95 % interval contains 0 are tied. It is the best of many that is compared, which the
interval doesn't know: a trial outside it need not be worse, but a tie certainly is one.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from lesion_pipeline.revisions.compare import NOISE, compare_ranking, expanded_tail
from lesion_pipeline.scores.results import Resamples
from lesion_pipeline.search.params import ObjectiveName
from lesion_pipeline.statistics.bootstrap import (
    lesion_weights,
    percentile_interval,
    weighted_losses,
)
from lesion_pipeline.statistics.metrics import arrays, probability_metrics


@dataclass(frozen=True)
class Difference:
    """How a trial differs from the best one.

    Attributes:
        value: the trial's figure less the best one's.
        interval: 95 %, of the difference.
        tied: whether it contains 0.
    """

    value: float
    interval: tuple[float, float]
    tied: bool


def difference(
    best: pd.DataFrame, other: pd.DataFrame, objective: ObjectiveName, resamples: Resamples
) -> Difference:
    """Compare the predictions of a trial with those of the best.

    Args:
        best: one row per image of val: image_id, lesion_id, label, probability.
        other: the same images in the same order.
        objective: what is compared.
        resamples: of the lesions.

    Raises:
        DataError: they can't be scored; see metrics.check.
    """
    (labels, first), (_, second) = arrays(best), arrays(other)
    if objective == "log_loss":
        return _loss_difference(labels, first, second, best["lesion_id"], resamples)
    found = compare_ranking(labels, first, second, best["lesion_id"], resamples)[objective]
    return Difference(found["difference"], found["interval"], found["verdict"] == NOISE)


def _loss_difference(
    labels: Any, first: Any, second: Any, lesions: Any, resamples: Resamples
) -> Difference:
    value = (
        probability_metrics(labels, second)["log_loss"]
        - probability_metrics(labels, first)["log_loss"]
    )
    drawn = [
        weighted_losses(labels, second, weights)["log_loss"]
        - weighted_losses(labels, first, weights)["log_loss"]
        for weights in lesion_weights(lesions, resamples)
    ]
    low, high = percentile_interval(np.concatenate(drawn), expanded_tail(labels, lesions))
    return Difference(value, (low, high), low <= 0 <= high)
