"""95 % intervals by a bootstrap of lesions.

Images of one lesion are alike, so they are not independent: lesions are drawn with replacement, and
a drawn lesion brings all its images. This is the cluster bootstrap (Field and Welsh 2007,
J. R. Statist. Soc. B 69:369-390; for ROC curves Rutter 2000, Academic Radiology 7:413-419). The
interval lies between two percentiles of the scores of the resamples (Efron and Tibshirani 1993, An
Introduction to the Bootstrap, chapter 13).

It shows how the scores of this network would vary with other lesions of the same population. It
includes neither the variation between trainings nor the optimism of val, by which the network was
chosen. With few malignant lesions it is too narrow: if a ranking is perfect, so is every resample.
So a ROC-AUC has an interval of its own; see roc_interval.

With one row per lesion instead of one row per image it is the ordinary bootstrap.

Two networks can be compared on the same resamples: pass the chunks of `lesion_weights` to
`weighted_ranking` with the probabilities of each, and the differences to `percentile_interval`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.scores.results import Resamples
from lesion_pipeline.statistics.intervals import LEVEL
from lesion_pipeline.statistics.metrics import (
    Labels,
    Probabilities,
    check,
    probability_metrics,
    ranking_metrics,
)
from lesion_pipeline.statistics.roc_interval import roc_auc_interval

Weights = NDArray[np.int64]
ScoresWithIntervals = dict[str, float | tuple[float, float] | None]
ResampledScores = dict[str, NDArray[np.float64]]  # by name, (resamples,) each

CHUNK: Final = 100  # resamples at a time: some 10 MB for 1,500 images
MOST_KEPT: Final = 1 << 25  # draws kept of a number of lesions: 64 MB


@dataclass(frozen=True)
class Estimate:
    """Scores of a set of images, and the function that scores its resamples.

    Attributes:
        values: the scores by name; None where undefined.
        score: takes (resamples, images) weights, returns the same scores, (resamples,) each.
        intervals: by score, what computes its interval from the images' lesions, (images,); the
            other intervals come from the resamples.
    """

    values: Mapping[str, float | None]
    score: Callable[[Weights], ResampledScores]
    intervals: Mapping[str, Callable[[ArrayLike], tuple[float, float]]] = field(
        default_factory=dict
    )

    def __or__(self, other: "Estimate") -> "Estimate":
        """Append the scores of another estimate."""
        return Estimate(
            {**self.values, **other.values},
            lambda weights: {**self.score(weights), **other.score(weights)},
            {**self.intervals, **other.intervals},
        )


def lesion_weights(lesions: ArrayLike, resamples: Resamples) -> Iterator[Weights]:
    """Draw as many lesions as there are, with replacement, once for each resample.

    Args:
        lesions: (images,), the name of each image's lesion. The draw does not depend on the order
            of the images.
        resamples: number and seed; equal seeds give equal resamples of the same lesions.

    Yields:
        (resamples, images), int64, chunk by chunk: how often each image is in a resample, 0 or
        more. It is the same for all images of a lesion.
    """
    names, lesion_of = np.unique(np.asarray(lesions), return_inverse=True)
    draw = _kept_draws if len(names) * resamples.samples <= MOST_KEPT else _draws
    for drawn in draw(len(names), resamples, CHUNK):
        yield drawn[:, lesion_of].astype(np.int64)


def _draws(lesions: int, resamples: Resamples, chunk: int) -> Iterator[NDArray[np.int16]]:
    """Yield how often each lesion is drawn, (resamples, lesions), chunk by chunk."""
    chances = np.full(lesions, 1 / lesions)
    generator = np.random.default_rng(resamples.seed)
    for start in range(0, resamples.samples, chunk):
        size = min(chunk, resamples.samples - start)
        yield generator.multinomial(lesions, chances, size).astype(np.int16)


@lru_cache(maxsize=4)  # a dozen tables need the same draws, of val and of test
def _kept_draws(lesions: int, resamples: Resamples, chunk: int) -> tuple[NDArray[np.int16], ...]:
    return tuple(_draws(lesions, resamples, chunk))


def weighted_ranking(
    labels: Labels, probabilities: Probabilities, weights: Weights
) -> ResampledScores:
    """Score resamples as metrics.ranking_metrics would with each image repeated by its weight.

    Args:
        labels: (images,), 0 or 1.
        probabilities: (images,), 0 to 1.
        weights: (resamples, images), how often an image is in a resample, 0 or more.

    Returns:
        roc_auc and pr_auc, (resamples,) each, 0 to 1. Both are NaN where a resample has images
        of one class only; that depends on labels and weights alone, so two networks have NaN in
        the same resamples.

    Raises:
        DataError: see metrics.check.
        ValueError: the weights are not of as many images.
    """
    check(labels, probabilities)
    if weights.ndim != 2 or weights.shape[1] != len(labels):
        raise ValueError(f"expected (.., {len(labels)}) weights, received shape {weights.shape}")
    order = np.argsort(-probabilities)
    first = np.flatnonzero(np.diff(probabilities[order], prepend=np.inf))  # of each run of ties
    images = np.add.reduceat(weights[:, order], first, axis=1)
    malignant = np.add.reduceat(weights[:, order] * labels[order], first, axis=1)
    found, called = malignant.cumsum(axis=1), images.cumsum(axis=1)
    positives, negatives = found[:, -1], called[:, -1] - found[:, -1]
    # Twice the malignant images above each benign one, so that ties count half.
    above = ((images - malignant) * (2 * found - malignant)).sum(axis=1)
    precisions = (malignant * found / np.maximum(called, 1)).sum(axis=1)
    both = (positives > 0) & (negatives > 0)
    return {
        "roc_auc": _ratio(above, 2 * positives * negatives, both),
        "pr_auc": _ratio(precisions, positives, both),
    }


def weighted_losses(
    labels: Labels, probabilities: Probabilities, weights: Weights
) -> ResampledScores:
    """Score resamples as metrics.probability_metrics would with each image repeated by its weight.

    Args:
        labels: (images,), 0 or 1.
        probabilities: (images,), 0 to 1.
        weights: (resamples, images), how often an image is in a resample, 0 or more.

    Returns:
        brier_score, and log_loss (nats; probabilities are clipped to float64's epsilon, as in
        scikit-learn), (resamples,) each. Both are defined for one class, too.

    Raises:
        DataError: see metrics.check.
    """
    check(labels, probabilities)
    of_label = np.where(labels == 1, probabilities, 1 - probabilities)
    tiny = np.finfo(np.float64).eps
    losses = np.stack([(1 - of_label) ** 2, -np.log(np.clip(of_label, tiny, 1 - tiny))], axis=1)
    means = weights @ losses / weights.sum(axis=1, keepdims=True)
    return {"brier_score": means[:, 0], "log_loss": means[:, 1]}


def percentile_interval(
    values: NDArray[np.float64], tail: float = (1 - LEVEL) / 2
) -> tuple[float, float]:
    """Return the interval (low, high) of the central 95 % of the values.

    Args:
        values: scores of resamples.
        tail: the fraction left out at each end.

    NaN, the score of a resample with one class only (or without a slope), is left out. That equals
    drawing such a resample again, as is common for the two AUCs, which need both classes.

    Raises:
        DataError: every value is NaN.
    """
    usable = values[~np.isnan(values)]
    if not len(usable):
        raise DataError(
            f"none of the {len(values)} resamples has both classes: raise "
            "evaluate.bootstrap_samples, or take more lesions"
        )
    low, high = np.quantile(usable, [tail, 1 - tail])
    return float(low), float(high)


def with_intervals(
    estimates: Mapping[str, Estimate], lesions: ArrayLike, resamples: Resamples
) -> dict[str, ScoresWithIntervals]:
    """Return the scores of each estimate with their 95 % intervals, all from the same resamples.

    Args:
        estimates: by name.
        lesions: (images,), the name of each image's lesion.
        resamples: number and seed.

    Returns:
        By the estimate's name: each score, and (low, high) under its name and "_interval". A
        score that is None has the interval None.

    Raises:
        DataError: see percentile_interval.
        ValueError: there are not as many lesions as images.
    """
    chunks = [
        {name: estimate.score(weights) for name, estimate in estimates.items()}
        for weights in lesion_weights(lesions, resamples)
    ]
    result: dict[str, ScoresWithIntervals] = {name: {} for name in estimates}
    for name, estimate in estimates.items():
        for score, value in estimate.values.items():
            if value is None:
                interval = None
            elif score in estimate.intervals:
                interval = estimate.intervals[score](lesions)
            else:
                resampled = np.concatenate([chunk[name][score] for chunk in chunks])
                interval = percentile_interval(resampled)
            result[name] |= {score: value, f"{score}_interval": interval}
    return result


def ranking(labels: Labels, probabilities: Probabilities) -> Estimate:
    """Estimate roc_auc and pr_auc; see metrics.ranking_metrics."""
    return Estimate(
        ranking_metrics(labels, probabilities),
        partial(weighted_ranking, labels, probabilities),
        {"roc_auc": partial(roc_auc_interval, labels, probabilities)},
    )


def losses(labels: Labels, probabilities: Probabilities) -> Estimate:
    """Estimate brier_score and log_loss; see metrics.probability_metrics."""
    score = partial(weighted_losses, labels, probabilities)
    return Estimate(probability_metrics(labels, probabilities), score)


def _ratio(
    parts: NDArray[Any], wholes: NDArray[np.int64], where: NDArray[np.bool_]
) -> NDArray[np.float64]:
    ratios = np.full(len(parts), np.nan)
    np.divide(parts, wholes, out=ratios, where=where)
    return ratios
