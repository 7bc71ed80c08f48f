"""Intervals of the ranking scores alone, as the tests of several modules expect them."""

import numpy as np
from numpy.typing import ArrayLike

from lesion_pipeline.scores.results import Resamples
from lesion_pipeline.statistics.bootstrap import ranking, with_intervals

Ends = tuple[float, float]


def ranking_intervals(
    labels: np.ndarray, probabilities: np.ndarray, lesions: ArrayLike, samples: int, seed: int
) -> dict[str, Ends]:
    """Return the 95 % intervals of roc_auc and pr_auc."""
    estimates = {"network": ranking(labels, probabilities)}
    scores = with_intervals(estimates, lesions, Resamples(samples=samples, seed=seed))["network"]
    return {name: scores[f"{name}_interval"] for name in ("roc_auc", "pr_auc")}  # type: ignore[misc]
