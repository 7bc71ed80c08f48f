"""Maps pooled to vectors in float64: the same on every processor, whoever computed the maps.

The Keras layers of features.py do the same in float32, for training and for the exported network.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.features.feature_tensor import SMALLEST_VARIANCE
from lesion_pipeline.networks.params import Features

Maps = Sequence[NDArray[np.float32]]


def pooled(maps: Maps, features: Features) -> NDArray[np.float32]:
    """Pool maps over rows and columns, one map after the other; rounded once, at the end.

    Args:
        maps: float32 (images, rows, columns, channels) each.
        features: `last`: the mean of each map; `multilevel`: its mean and its deviation,
            sqrt(variance + 1e-6).

    Returns:
        float32 (images, dims).
    """
    parts = [part for x in maps for part in _moments(x)[: 1 if features == "last" else 2]]
    return np.concatenate(parts, axis=1).astype(np.float32)


def _moments(x: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean and deviation (images, channels), one image at a time to stay in the caches."""
    means, variances = zip(*(_mean_and_variance(image) for image in x), strict=True)
    return np.stack(means), np.sqrt(np.stack(variances) + SMALLEST_VARIANCE)


def _mean_and_variance(image: NDArray[np.float32]) -> tuple[NDArray[np.float64], ...]:
    """Return mean and variance (channels,) of a map (rows, columns, channels)."""
    rows, columns, channels = image.shape
    values = image.reshape(rows, columns * channels).astype(np.float64)
    mean = _sum(values, channels) / (rows * columns)
    values -= np.tile(mean, columns)
    values *= values
    return mean, _sum(values, channels) / (rows * columns)


def _sum(values: NDArray[np.float64], channels: int) -> NDArray[np.float64]:
    """Add row to row, then column to column: in this order, whatever numpy's instruction set."""
    by_column = np.add.reduce(values, axis=0).reshape(-1, channels)
    return np.asarray(np.add.reduce(by_column, axis=0))
