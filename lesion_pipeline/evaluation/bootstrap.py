"""How far a figure could be off by chance: 95 % intervals by a bootstrap of lesions.

Images of one lesion are alike, so they don't count as so many independent ones: lesions are drawn
with replacement, and all images of a drawn lesion come along. This is the cluster bootstrap (Field
and Welsh 2007, J. R. Statist. Soc. B 69:369-390; for ROC curves Rutter 2000, Academic Radiology
7:413-419). The interval lies between percentiles of what the resamples score (Efron and Tibshirani
1993, An Introduction to the Bootstrap, chapter 13).

It tells how the figures of this network would vary with other lesions of the same kind. It knows
nothing of another training, nor that val is too kind to a network that was chosen by it. With few
malignant lesions it is too narrow: of a perfect ranking every resample is perfect too.

With a row a lesion instead of an image it is the ordinary bootstrap.

Two networks can be compared on the same resamples: give the chunks of `lesion_weights` to
`weighted_ranking` with the probabilities of each, and the differences to `percentile_interval`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.evaluation.metrics import (
    Labels,
    Probabilities,
    check,
    probability_metrics,
    ranking_metrics,
)

Weights = NDArray[np.int64]
Figures = dict[str, NDArray[np.float64]]  # by name, (resamples,) each

LEVEL: Final = 0.95  # part of the resamples that lies within the interval
CHUNK: Final = 100  # resamples at a time: some 10 MB for 1,500 images


@dataclass(frozen=True)
class Estimate:
    """Figures, and how to score resamples, which tells how far the figures could be off.

    Attributes:
        figures: by name; None where undefined.
        score: takes (resamples, images) weights, gives the same figures, (resamples,) each.
    """

    figures: Mapping[str, float | None]
    score: Callable[[Weights], Figures]

    def __or__(self, other: "Estimate") -> "Estimate":
        """Put the figures of another one after these."""
        return Estimate(
            {**self.figures, **other.figures}, lambda w: {**self.score(w), **other.score(w)}
        )


def lesion_weights(lesions: ArrayLike, samples: int, seed: int) -> Iterator[Weights]:
    """Draw lesions with replacement, as many as there are, `samples` times.

    Args:
        lesions: (images,), the name of each image's lesion. The order of the images does not
            matter to what is drawn.
        samples: number of resamples, at least 1.
        seed: equal seeds give equal resamples of the same lesions.

    Yields:
        (resamples, images), int64, chunk by chunk: how often each image is in a resample, 0 or
        more. It is the same for all images of a lesion.
    """
    names, lesion_of = np.unique(np.asarray(lesions), return_inverse=True)
    chances = np.full(len(names), 1 / len(names))
    generator = np.random.default_rng(seed)
    for start in range(0, samples, CHUNK):
        drawn = generator.multinomial(len(names), chances, min(CHUNK, samples - start))
        yield drawn[:, lesion_of]


def weighted_ranking(labels: Labels, probabilities: Probabilities, weights: Weights) -> Figures:
    """Score resamples as metrics.ranking_metrics would if each image stood there repeatedly.

    Args:
        labels: (images,), 0 or 1.
        probabilities: (images,), 0 to 1.
        weights: (resamples, images), how often an image is in a resample, 0 or more.

    Returns:
        roc_auc and pr_auc, (resamples,) each, 0 to 1. Both are NaN where a resample has images
        of one class only: that depends on labels and weights, so for two networks it is the same
        resamples.

    Raises:
        DataError: see metrics.check.
        ValueError: weights are not those of so many images.
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
    # Twice the malignant ones above each benign one, so that those tied with it count half.
    above = ((images - malignant) * (2 * found - malignant)).sum(axis=1)
    precisions = (malignant * found / np.maximum(called, 1)).sum(axis=1)
    both = (positives > 0) & (negatives > 0)
    return {
        "roc_auc": _ratio(above, 2 * positives * negatives, both),
        "pr_auc": _ratio(precisions, positives, both),
    }


def weighted_losses(labels: Labels, probabilities: Probabilities, weights: Weights) -> Figures:
    """Score resamples as metrics.probability_metrics would if each image stood there repeatedly.

    Args:
        labels: (images,), 0 or 1.
        probabilities: (images,), 0 to 1.
        weights: (resamples, images), how often an image is in a resample, 0 or more.

    Returns:
        brier_score, and log_loss (nats; as scikit-learn has it, no probability is taken for
        smaller than float64's epsilon), (resamples,) each. One class is enough for both.

    Raises:
        DataError: see metrics.check.
    """
    check(labels, probabilities)
    of_truth = np.where(labels == 1, probabilities, 1 - probabilities)
    tiny = np.finfo(np.float64).eps
    losses = np.stack([(1 - of_truth) ** 2, -np.log(np.clip(of_truth, tiny, 1 - tiny))], axis=1)
    means = weights @ losses / weights.sum(axis=1, keepdims=True)
    return {"brier_score": means[:, 0], "log_loss": means[:, 1]}


def percentile_interval(values: NDArray[np.float64]) -> list[float]:
    """Give [low, high], between which 95 % of the values lie, as many outside at either end.

    NaN, of a resample with one class only (or without a slope), is left out: as good as drawing it
    anew, which is how the two AUCs, that need both classes, are commonly bootstrapped.

    Raises:
        DataError: every value is NaN.
    """
    usable = values[~np.isnan(values)]
    if not len(usable):
        raise DataError(
            f"none of the {len(values)} resamples has both classes: raise "
            "evaluate.bootstrap_samples, or take more lesions"
        )
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(usable, [tail, 1 - tail])
    return [float(low), float(high)]


def with_intervals(
    estimates: Mapping[str, Estimate], lesions: ArrayLike, samples: int, seed: int
) -> dict[str, dict[str, float | list[float] | None]]:
    """Give each figure with its 95 % interval, all of them from the same resamples.

    Args:
        estimates: by name.
        lesions: (images,), the name of each image's lesion.
        samples: number of resamples, at least 1.
        seed: of the resamples.

    Returns:
        By the estimate's name: each figure, and [low, high] under its name and "_interval". A
        figure that is None has None for an interval.

    Raises:
        DataError: see percentile_interval.
        ValueError: there are not as many lesions as images.
    """
    chunks = [
        {name: estimate.score(weights) for name, estimate in estimates.items()}
        for weights in lesion_weights(lesions, samples, seed)
    ]
    result: dict[str, dict[str, float | list[float] | None]] = {name: {} for name in estimates}
    for name, estimate in estimates.items():
        for figure, value in estimate.figures.items():
            values = np.concatenate([chunk[name][figure] for chunk in chunks])
            interval = None if value is None else percentile_interval(values)
            result[name] |= {figure: value, f"{figure}_interval": interval}
    return result


def ranking(labels: Labels, probabilities: Probabilities) -> Estimate:
    """Estimate roc_auc and pr_auc; see metrics.ranking_metrics."""
    score = partial(weighted_ranking, labels, probabilities)
    return Estimate(ranking_metrics(labels, probabilities), score)


def losses(labels: Labels, probabilities: Probabilities) -> Estimate:
    """Estimate brier_score and log_loss; see metrics.probability_metrics."""
    score = partial(weighted_losses, labels, probabilities)
    return Estimate(probability_metrics(labels, probabilities), score)


def ranking_intervals(
    labels: Labels, probabilities: Probabilities, lesions: ArrayLike, samples: int, seed: int
) -> dict[str, list[float]]:
    """Give the 95 % intervals of metrics.ranking_metrics.

    Args:
        labels: (images,), 0 or 1.
        probabilities: (images,), 0 to 1.
        lesions: (images,), the name of each image's lesion.
        samples: number of resamples, at least 1.
        seed: of the resamples.

    Returns:
        roc_auc and pr_auc, [low, high] each, 0 to 1.

    Raises:
        DataError: see metrics.check and percentile_interval.
        ValueError: there are not as many lesions as labels.
    """
    chunks = [
        weighted_ranking(labels, probabilities, weights)
        for weights in lesion_weights(lesions, samples, seed)
    ]
    return {
        name: percentile_interval(np.concatenate([chunk[name] for chunk in chunks]))
        for name in ("roc_auc", "pr_auc")
    }


def _ratio(
    parts: NDArray[Any], wholes: NDArray[np.int64], where: NDArray[np.bool_]
) -> NDArray[np.float64]:
    ratios = np.full(len(parts), np.nan)
    np.divide(parts, wholes, out=ratios, where=where)
    return ratios
