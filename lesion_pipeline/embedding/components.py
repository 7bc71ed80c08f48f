"""Fit the principal components of features."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.extmath import randomized_svd

from lesion_pipeline.features.components import ComponentMap

MOST_FITTED: Final = 30_000  # images; memory holds the features of these
CHUNK: Final = 512  # images at a time
ITERATIONS: Final = 4  # of the power method; with fewer the last components are less exact
SMALLEST: Final = 1e-6  # is added to deviations
LEAST: Final = 1e-4  # deviation; below, a feature is left out: in float16 it is mostly rounding

Floats = NDArray[np.floating[Any]]


def fitted_images(images: int) -> slice:
    """Return which of so many images the components are fitted on: evenly spaced ones."""
    return slice(None, None, max(1, -(-images // MOST_FITTED)))


def possible_components(asked: int, images: int, features: int) -> int:
    """Return how many components so many images have: no more than they vary in directions."""
    fitted = len(range(images)[fitted_images(images)])
    return max(1, min(asked, fitted - 1, features))


def fit_components(parts: Iterable[Floats], images: int, asked: int, seed: int) -> ComponentMap:
    """Fit principal components of standardised features by a randomised SVD.

    After Halko, Martinsson and Tropp 2011, SIAM Rev. 53:217-288 (arXiv:0909.4061). The components
    are not whitened: all are divided by one number, by which their mean variance is 1, the size for
    which a head's weights are drawn. So directions in which images hardly vary stay small.

    Args:
        parts: features (images, features), in parts of some images.
        images: how many there are in all.
        asked: how many components; see `possible_components`.
        seed: of the random start.

    Returns:
        The map from features to components.
    """
    features = np.concatenate(list(_chosen(parts, fitted_images(images))))
    count = possible_components(asked, images, features.shape[1])
    mean, deviation = _moments(features)
    factor = np.where(deviation < LEAST, 0, 1 / (deviation + SMALLEST))
    standardised = np.empty(features.shape, np.float32)
    for rows in _chunks(features):
        standardised[rows] = (features[rows] - mean) * factor
    _, sizes, axes = randomized_svd(
        standardised, count, n_iter=ITERATIONS, power_iteration_normalizer="LU", random_state=seed
    )
    variance = np.mean(sizes.astype(np.float64) ** 2) / max(1, len(features) - 1)
    scale = 1 / np.sqrt(variance) if variance else 1.0
    each = (factor, -mean * factor, axes.T * scale)
    return ComponentMap(*(values.astype(np.float32) for values in each))


def _chosen(parts: Iterable[Floats], chosen: slice) -> Iterator[Floats]:
    """Yield of each part the images whose place among all is in `chosen`."""
    step, place = chosen.step, 0
    for part in parts:
        yield part[-place % step :: step]
        place += len(part)


def _moments(features: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean and deviation of each feature, float64, the same on every processor."""
    sums = [features[rows].astype(np.float64).sum(axis=0) for rows in _chunks(features)]
    mean = np.add.reduce(sums, axis=0) / len(features)
    squares = [((features[rows] - mean) ** 2).sum(axis=0) for rows in _chunks(features)]
    return mean, np.sqrt(np.add.reduce(squares, axis=0) / len(features))


def _chunks(features: Floats) -> Iterator[slice]:
    return (slice(start, start + CHUNK) for start in range(0, len(features), CHUNK))
