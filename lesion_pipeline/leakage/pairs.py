"""All pairs of images that look alike, found by matrix products, a few rows at a time."""

from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.leakage.phash import BITS, turned
from lesion_pipeline.parallel import in_order

CHUNK: Final = 128  # images that are compared with all others at a time: 50 MB for 10,000 images
MOST_PAIRS: Final = 100_000  # more are no list that anybody would read


@dataclass(frozen=True)
class Looks:
    """What images are compared by.

    Attributes:
        hashes: (images, BITS), 1 or -1, see phash.
        directions: (images, dims), of length 1, see likeness; None: there are none.
    """

    hashes: NDArray[np.int8]
    directions: NDArray[np.float32] | None


@dataclass(frozen=True)
class Limits:
    """From where on a pair looks alike by one of the two.

    Attributes:
        hash_distance: at most so many of the BITS differ.
        similarity: the cosine is at least this.
    """

    hash_distance: int
    similarity: float


@dataclass(frozen=True)
class Near:
    """What was found.

    Attributes:
        pairs: columns first and second (rows of the images, first < second), hash_distance
            (int64), similarity (float64, NaN if not known), of images of different lesions.
        same: counts of pairs of images of the same lesion: all of them, those alike by hash,
            those alike by similarity.
    """

    pairs: pd.DataFrame
    same: tuple[int, int, int]


def near_pairs(looks: Looks, lesions: NDArray[Any], limits: Limits, workers: int) -> Near:
    """Compare each image with each other.

    Args:
        looks: of all images.
        lesions: (images,), the name of each image's lesion.
        limits: what counts as alike.
        workers: threads; the result doesn't depend on it.

    Raises:
        DataError: more than MOST_PAIRS pairs of images of different lesions look alike.
    """
    compare = partial(_compare, looks, np.unique(lesions, return_inverse=True)[1], limits)
    tables, same = [], np.zeros(3, dtype=np.int64)
    total = 0
    for table, counts in in_order(compare, range(0, len(lesions), CHUNK), workers):
        tables.append(table)
        same += counts
        total += len(table)
        if total > MOST_PAIRS:
            raise DataError(
                f"more than {MOST_PAIRS:,} pairs of images of different lesions look alike: "
                "lower audit.hash_distance or raise audit.similarity"
            )
    all_, by_hash, by_similarity = same.tolist()
    return Near(pd.concat(tables, ignore_index=True), (all_, by_hash, by_similarity))


def _compare(
    looks: Looks, lesion: NDArray[np.int64], limits: Limits, start: int
) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """Compare the images from `start` on with those after them."""
    distance, similarity = _distances(looks.hashes, start), _similarities(looks, start)
    by_hash, by_similarity = distance <= limits.hash_distance, similarity >= limits.similarity
    after = np.arange(distance.shape[1]) > np.arange(distance.shape[0])[:, None]
    same = lesion[start:] == lesion[start : start + CHUNK, None]
    first, second = np.nonzero((by_hash | by_similarity) & after & ~same)
    table = pd.DataFrame(
        {
            "first": first + start,
            "second": second + start,
            "hash_distance": distance[first, second].astype(np.int64),
            "similarity": similarity[first, second].astype(np.float64),
        }
    )
    siblings = same & after
    counts = [siblings, siblings & by_hash, siblings & by_similarity]
    return table, np.array([part.sum() for part in counts])


def _distances(hashes: NDArray[np.int8], start: int) -> NDArray[np.float32]:
    """Count the bits that differ, (chunk, images after start), least of all turns of an image."""
    chunk = turned(hashes[start : start + CHUNK]).astype(np.float32)
    agree = chunk.reshape(-1, BITS) @ hashes[start:].T.astype(np.float32)
    most = agree.reshape(len(chunk), chunk.shape[1], -1).max(axis=1)
    return np.asarray((BITS - most) / 2)


def _similarities(looks: Looks, start: int) -> NDArray[np.float32]:
    """Give cosines, (chunk, images after start); NaN, which is alike to nothing, if unknown."""
    if looks.directions is None:
        shape = len(looks.hashes[start : start + CHUNK]), len(looks.hashes) - start
        return np.full(shape, np.nan, dtype=np.float32)
    return looks.directions[start : start + CHUNK] @ looks.directions[start:].T
