"""Similarity of images by a network's features, without what all images have in common.

Features of a network are close to each other for any two dermoscopic images: skin, a blob. Their
directions are therefore scaled by how much the collection varies along them (whitening), so that
only what is special about an image counts. Among equally many pairs of different lesions, that
finds four times as many images of one lesion as plain cosine (docs/decisions.md).
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.covariance import ledoit_wolf

MOST_DIMS: Final = 1024  # more cost time and find little more
IMAGES_PER_DIM: Final = 3  # with fewer, each image would have its own direction, similar to none
CHUNK: Final = 512  # images at a time
MOST_FITTED: Final = 30_000  # images whose covariance is computed: 30 for each dimension are enough
SEED: Final = 0  # of the projection: any will do, it has to be the same each time
_SMALLEST: Final = 1e-6

Floats = NDArray[np.floating[Any]]


def whiten(parts: Sequence[Floats]) -> NDArray[np.float32]:
    """Whiten features; the scalar product of two rows is then the similarity of two images.

    The features are standardised, projected at random onto fewer dimensions (Johnson and
    Lindenstrauss 1984, Contemp. Math. 26:189-206), whitened by the eigenvectors of their
    covariance, shrunk as Ledoit and Wolf propose (2004, J. Multivar. Anal. 88:365-411), and
    brought to length 1. Memory holds the projected features, not the features.

    Args:
        parts: arrays (images, features), finite; the same number of features each.

    Returns:
        (images of all parts, dims), float32. A scalar product is a cosine, -1 to 1: 1 for equal
        images, around 0 for images that have nothing special in common. If all images are equal,
        nothing is special: rows of 0.
    """
    images, features = sum(len(part) for part in parts), parts[0].shape[1]
    dims = max(1, min(MOST_DIMS, images // IMAGES_PER_DIM, features))
    generator = np.random.default_rng(SEED)
    projection = generator.standard_normal((features, dims), dtype=np.float32)
    mean, deviation = _moments(parts)
    projected = np.concatenate(
        [((chunk - mean) / deviation).astype(np.float32) @ projection for chunk in _chunks(parts)]
    )
    every = -(-images // MOST_FITTED)
    whitening = _whitening(projected[::every])
    for start in range(0, images, CHUNK):
        part = projected[start : start + CHUNK]
        white = part @ whitening
        lengths = np.linalg.norm(white, axis=1, keepdims=True)
        part[:] = np.divide(white, lengths, out=np.zeros_like(white), where=lengths > 0)
    return projected


def _whitening(projected: NDArray[np.float32]) -> NDArray[np.float32]:
    covariance, _ = ledoit_wolf(projected.astype(np.float64), assume_centered=True)
    variances, axes = np.linalg.eigh(covariance)
    varies = variances > _SMALLEST * variances.max()
    scales = np.divide(1, np.sqrt(variances), out=np.zeros_like(variances), where=varies)
    return np.asarray(axes * scales, dtype=np.float32)


def _moments(parts: Sequence[Floats]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    count = sum(len(part) for part in parts)
    mean = sum(chunk.sum(axis=0) for chunk in _chunks(parts)) / count
    variance = sum(((chunk - mean) ** 2).sum(axis=0) for chunk in _chunks(parts)) / count
    return mean, np.sqrt(variance) + _SMALLEST


def _chunks(parts: Sequence[Floats]) -> Iterator[NDArray[np.float64]]:
    for part in parts:
        for start in range(0, len(part), CHUNK):
            yield np.asarray(part[start : start + CHUNK], dtype=np.float64)
