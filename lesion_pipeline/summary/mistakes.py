"""The misclassified images, the most confident mistake first."""

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from lesion_pipeline.core.labels import LABEL, PROBABILITY, decide

MISTAKE_COLUMNS: Final = (
    "image_id", "lesion_id", "dx", "age", "sex", "site", "probability", "kind", "confidence",
)  # fmt: skip
ROUNDING: Final = 1e-7  # of float32; 0 and 1 have no finite odds


def confidence(probabilities: ArrayLike, threshold: float) -> NDArray[np.float64]:
    """Return the distance of probabilities from the threshold, in log odds (nats), 0 or more.

    A distance of 0.7 means odds twice, or half, those of the threshold. On the scale of
    probability a miss could be at most .1 away from a threshold of .1, so nearly every false alarm
    would precede it.

    Args:
        probabilities: (images,), 0 to 1.
        threshold: 0 to 1.
    """
    return np.abs(_log_odds(probabilities) - _log_odds(threshold))


def mistakes_table(cases: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """List the misclassified images, by falling confidence.

    Args:
        cases: one row per image: image_id, lesion_id, dx, age, sex, site, label, probability.
        threshold: the operating point, 0 to 1.

    Returns:
        One row per mistake with MISTAKE_COLUMNS; kind is false_negative or false_positive.
    """
    called = decide(cases[PROBABILITY], threshold)
    judged = cases.assign(
        kind=np.where(called == 1, "false_positive", "false_negative"),
        confidence=confidence(cases[PROBABILITY], threshold),
    )
    wrong = judged.loc[called != cases[LABEL].to_numpy()]
    ranked: pd.DataFrame = wrong.sort_values(["confidence", "image_id"], ascending=[False, True])
    return ranked.loc[:, list(MISTAKE_COLUMNS)].reset_index(drop=True)


def _log_odds(probabilities: ArrayLike) -> NDArray[np.float64]:
    inside = np.clip(np.asarray(probabilities, dtype=np.float64), ROUNDING, 1 - ROUNDING)
    return np.asarray(np.log(inside / (1 - inside)))
