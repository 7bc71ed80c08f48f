"""How far ROC-AUC and PR-AUC could be off by chance: 95 % intervals by a bootstrap of lesions.

Images of one lesion are alike, so they don't count as so many independent ones: lesions are drawn
with replacement, and all images of a drawn lesion come along. This is the cluster bootstrap (Field
and Welsh 2007, J. R. Statist. Soc. B 69:369-390; for ROC curves Rutter 2000, Academic Radiology
7:413-419). The interval lies between percentiles of what the resamples score (Efron and Tibshirani
1993, An Introduction to the Bootstrap, chapter 13).

It tells how the figures of this network would vary with other lesions of the same kind. It knows
nothing of another training, nor that val is too kind to a network that was chosen by it. With few
malignant lesions it is too narrow: of a perfect ranking every resample is perfect too.

Two networks can be compared on the same resamples: give the chunks of `lesion_weights` to
`weighted_ranking` with the probabilities of each, and the differences to `percentile_interval`.
"""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lesion_pipeline.errors import DataError
from lesion_pipeline.score.metrics import Labels, Probabilities, check

Weights = NDArray[np.int64]

LEVEL: Final = 0.95  # part of the resamples that lies within the interval
CHUNK: Final = 100  # resamples at a time: some 10 MB for 1,500 images


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


def weighted_ranking(
    labels: Labels, probabilities: Probabilities, weights: Weights
) -> dict[str, NDArray[np.float64]]:
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


def percentile_interval(values: NDArray[np.float64]) -> list[float]:
    """Give [low, high], between which 95 % of the values lie, as many outside at either end.

    NaN, of a resample with one class only, is left out: as good as drawing it anew, which is how
    the two AUCs, that need both classes, are commonly bootstrapped.

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
