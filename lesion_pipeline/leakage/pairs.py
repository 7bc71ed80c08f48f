"""All pairs of images that look alike, by matrix products of a few images with a few others.

The time grows with the square of the number of images, the memory doesn't: an approximate search
would miss pairs, of which one is enough to leak.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.leakage.params import HASH_BITS
from lesion_pipeline.leakage.phash import turned
from lesion_pipeline.loops.parallel import in_order

CHUNK: Final = 128  # images that are compared with BLOCK others at a time, in 50 MB
BLOCK: Final = 10_240
MOST_PAIRS: Final = 100_000  # nobody would read a longer list


@dataclass(frozen=True)
class ImageFingerprints:
    """Hashes and features by which images are compared.

    Attributes:
        hashes: (images, HASH_BITS), 1 or -1, see phash.
        whitened: (images, dims), of length 1, see whitening; None: there are no features.
    """

    hashes: NDArray[np.int8]
    whitened: NDArray[np.float32] | None


@dataclass(frozen=True)
class PairLimits:
    """When a pair looks alike by one of the two.

    Attributes:
        hash_distance: the largest number of bits that may differ.
        similarity: the smallest cosine.
    """

    hash_distance: int
    similarity: float


@dataclass(frozen=True)
class NearPairs:
    """Pairs of images that look alike.

    Attributes:
        pairs: columns first and second (rows of the images, first < second), hash_distance
            (int64), similarity (float64, NaN without features), of images of different lesions.
        same: counts of pairs of images of the same lesion: all of them, those alike by hash,
            those alike by similarity.
    """

    pairs: pd.DataFrame
    same: tuple[int, int, int]


def near_pairs(
    fingerprints: ImageFingerprints, lesions: NDArray[Any], limits: PairLimits, workers: int
) -> NearPairs:
    """Compare each image with every other.

    Args:
        fingerprints: of all images.
        lesions: (images,), the id of each image's lesion.
        limits: which pairs count as looking alike.
        workers: threads; the result doesn't depend on it.

    Raises:
        DataError: more than MOST_PAIRS pairs of images of different lesions look alike.
    """
    compare = partial(_compare, fingerprints, np.unique(lesions, return_inverse=True)[1], limits)
    tables, same = [], np.zeros(3, dtype=np.int64)
    total = 0
    for table, counts in in_order(compare, list(_tiles(len(lesions))), workers):
        tables.append(table)
        same += counts
        total += len(table)
        if total > MOST_PAIRS:
            raise DataError(
                f"more than {MOST_PAIRS:,} pairs of images of different lesions look alike: "
                "lower audit.hash_distance or raise audit.similarity"
            )
    known, by_hash, by_similarity = same.tolist()
    return NearPairs(pd.concat(tables, ignore_index=True), (known, by_hash, by_similarity))


def nearest(
    hashes: NDArray[np.int8], others: NDArray[np.int8], workers: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find the image that looks most like each of `hashes` among `others`.

    Args:
        hashes: (images, HASH_BITS), 1 or -1, see phash.
        others: likewise, at least one.
        workers: threads; the result doesn't depend on it.

    Returns:
        The row of `others` (the first of equals), and how many bits differ, (images,) each.
    """

    def closest(start: int) -> NDArray[np.int64]:
        chunk = hashes[start : start + CHUNK]
        rows, bits = np.zeros(len(chunk), np.int64), np.full(len(chunk), HASH_BITS + 1.0)
        for other in range(0, len(others), BLOCK):
            distances = _differing_bits(chunk, others[other : other + BLOCK])
            found = distances.argmin(axis=1)
            fewest = distances[np.arange(len(found)), found]
            rows = np.where(fewest < bits, found + other, rows)
            bits = np.minimum(bits, fewest)
        return np.stack([rows, bits.astype(np.int64)])

    parts = list(in_order(closest, range(0, len(hashes), CHUNK), workers))
    rows, bits = np.concatenate(parts, axis=1) if parts else np.empty((2, 0), np.int64)
    return rows, bits


def _tiles(images: int) -> Iterator[tuple[slice, slice]]:
    """Yield which images to compare with which, so that each pair comes in one tile."""
    for start in range(0, images, CHUNK):
        for other in range(start, images, BLOCK):
            yield slice(start, start + CHUNK), slice(other, other + BLOCK)


def _compare(
    fingerprints: ImageFingerprints,
    lesion: NDArray[np.int64],
    limits: PairLimits,
    tile: tuple[slice, slice],
) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """Compare some images with others."""
    some, others = tile
    distance = _differing_bits(fingerprints.hashes[some], fingerprints.hashes[others])
    similarity = _similarities(fingerprints.whitened, tile, distance.shape)
    by_hash, by_similarity = distance <= limits.hash_distance, similarity >= limits.similarity
    after = _places(others, distance.shape[1]) > _places(some, distance.shape[0])[:, None]
    same = lesion[others] == lesion[some, None]
    first, second = np.nonzero((by_hash | by_similarity) & after & ~same)
    table = pd.DataFrame(
        {
            "first": first + some.start,
            "second": second + others.start,
            "hash_distance": distance[first, second].astype(np.int64),
            "similarity": similarity[first, second].astype(np.float64),
        }
    )
    siblings = same & after
    counts = [siblings, siblings & by_hash, siblings & by_similarity]
    return table, np.array([part.sum() for part in counts])


def _places(part: slice, count: int) -> NDArray[np.int64]:
    return np.arange(part.start, part.start + count, dtype=np.int64)


def _differing_bits(some: NDArray[np.int8], others: NDArray[np.int8]) -> NDArray[np.float32]:
    """Count differing bits, (some, others): the fewest of all turns of an image."""
    chunk = turned(some).astype(np.float32)
    agree = chunk.reshape(-1, HASH_BITS) @ others.T.astype(np.float32)
    most = agree.reshape(len(chunk), chunk.shape[1], -1).max(axis=1)
    return np.asarray((HASH_BITS - most) / 2)


def _similarities(
    whitened: NDArray[np.float32] | None, tile: tuple[slice, slice], shape: tuple[int, ...]
) -> NDArray[np.float32]:
    """Return cosines, (some, others); NaN, which no limit admits, if unknown."""
    if whitened is None:
        return np.full(shape, np.nan, dtype=np.float32)
    some, others = tile
    return whitened[some] @ whitened[others].T
