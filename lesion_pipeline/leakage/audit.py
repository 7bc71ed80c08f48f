"""Leakage: images that look alike but belong to different lesions."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.labels import SPLITS
from lesion_pipeline.images import image_files, read_image
from lesion_pipeline.leakage.pairs import (
    ImageFingerprints,
    NearPairs,
    PairLimits,
    near_pairs,
    nearest,
)
from lesion_pipeline.leakage.params import AuditParams
from lesion_pipeline.leakage.phash import SIZE, signs
from lesion_pipeline.leakage.results import AuditSummary, FoundBy, SameLesion
from lesion_pipeline.leakage.whitening import whiten
from lesion_pipeline.loops.parallel import in_order
from lesion_pipeline.loops.progress import progress
from lesion_pipeline.splitting.user_split import PAIR

AHEAD: Final = 64  # images decoded before their turn
_COLUMNS: Final = ("lesion_id", "image_id", "split", "dx")
_DUPLICATE_COLUMNS: Final = ("collection", "image_id", "duplicate_of", "split", "hash_distance")


def audit(
    table: pd.DataFrame,
    images: Path,
    vectors: Sequence[NDArray[np.floating[Any]]] | None,
    params: AuditParams,
    workers: int,
) -> tuple[pd.DataFrame, AuditSummary]:
    """Find lesions that may be the same under two ids.

    Two images look alike if their perceptual hashes differ in few bits, or if the whitened
    features of a network point in nearly the same direction.

    Args:
        table: one row per image: image_id, lesion_id, dx, split.
        images: folder with <image_id>.<suffix>.
        vectors: features (images, features) of the images in the order of `table`, in parts;
            None: there are none, and only hashes are compared.
        params: the limits.
        workers: threads; the result doesn't depend on it.

    Returns:
        One row for each pair of lesions with images that look alike, with the two most alike:
        lesion_id_a (the first in text order), lesion_id_b, image_id_a, ..., dx_b, hash_distance
        (bits of 255), similarity (a cosine, 3 decimals; NaN without vectors). First the pairs
        across splits, first of these those alike by hash; the most alike first.
        And the counts.

    Raises:
        DataError: an image can't be read, there are not as many vectors as images, or so many
            pairs look alike that the limits must be wrong.
    """
    if vectors is not None and sum(len(part) for part in vectors) != len(table):
        found = sum(len(part) for part in vectors)
        raise DataError(f"expected the features of {len(table)} images, found those of {found}")
    fingerprints = ImageFingerprints(
        hashes=_own_hashes(table["image_id"], images, workers),
        whitened=None if vectors is None else whiten(vectors),
    )
    limits = PairLimits(params.hash_distance, params.similarity)
    near = near_pairs(fingerprints, table["lesion_id"].to_numpy(dtype=str), limits, workers)
    pairs = _pairs(table, near.pairs, limits)
    figures = _figures(table, pairs, near, limits, vectors is not None)
    return pairs.round({"similarity": 3}), figures


def external_duplicates(
    table: pd.DataFrame, images: Path, external: Path, params: AuditParams, workers: int
) -> pd.DataFrame:
    """Find images of other collections that look like one of the collection, by their hashes.

    Features aren't compared: those of other collections aren't computed. An image that can't be
    read looks like none.

    Args:
        table: one row per image of the collection: image_id, split.
        images: folder with <image_id>.<suffix>.
        external: with a folder for each other collection, in the layout of data/raw; or empty.
        params: the limit of the distance.
        workers: threads; the result doesn't depend on it.

    Returns:
        One row for each such image: collection, image_id, duplicate_of (the most alike image_id
        of the collection), split (its split), hash_distance (bits of 255).
    """
    places = sorted(place for place in external.iterdir() if place.is_dir())
    if not places:
        return pd.DataFrame(columns=list(_DUPLICATE_COLUMNS))
    own, found = _own_hashes(table["image_id"], images, workers), []
    for place in places:
        files = sorted((place / "images").iterdir())
        hashes = zip(files, _hashes(files, workers), strict=True)
        known = {file.stem: each for file, each in hashes if not isinstance(each, DataError)}
        readable, theirs = list(known), np.array(list(known.values()), np.int8)
        rows, bits = nearest(theirs.reshape(len(readable), -1), own, workers)
        near = pd.DataFrame(
            {
                "collection": place.name,
                "image_id": readable,
                "duplicate_of": table["image_id"].to_numpy()[rows],
                "split": table["split"].to_numpy()[rows],
                "hash_distance": bits,
            }
        )
        found.append(near[near["hash_distance"] <= params.hash_distance])
    return pd.concat(found, ignore_index=True)


def _own_hashes(image_ids: pd.Series, images: Path, workers: int) -> NDArray[np.int8]:
    """Return the hashes of the collection's images, all of which must be readable."""
    files = image_files(images)
    found = _hashes([files.get(image_id, Path(image_id)) for image_id in image_ids], workers)
    return np.stack([_known(*pair) for pair in zip(image_ids, found, strict=True)])


def _known(image_id: str, found: NDArray[np.int8] | DataError) -> NDArray[np.int8]:
    if isinstance(found, DataError):
        raise DataError(f"image {image_id}: {found}")
    return found


def _hashes(files: Sequence[Path], workers: int) -> Iterator[NDArray[np.int8] | DataError]:
    """Yield the hash of each file, or why it can't be read."""
    return progress(in_order(_hash, files, workers, AHEAD), len(files), "hash")


def _hash(file: Path) -> NDArray[np.int8] | DataError:
    try:
        return signs(read_image(file, SIZE, "squash"))
    except DataError as error:
        return error


def _pairs(table: pd.DataFrame, near: pd.DataFrame, limits: PairLimits) -> pd.DataFrame:
    """Return one row for each pair of lesions, with names and in the order of the report."""
    lesions = table["lesion_id"].to_numpy(dtype=object)
    first, second = near["first"].to_numpy(), near["second"].to_numpy()
    turn = lesions[first] > lesions[second]
    rows = {"a": np.where(turn, second, first), "b": np.where(turn, first, second)}
    named = {
        f"{column}_{side}": table[column].to_numpy(dtype=object)[rows[side]]
        for column in _COLUMNS
        for side in ("a", "b")
    }
    pairs = pd.DataFrame(named).join(near[["hash_distance", "similarity"]])
    ranked = pairs.assign(
        within=pairs["split_a"] == pairs["split_b"],
        unlike=pairs["hash_distance"] > limits.hash_distance,
        apart=-pairs["similarity"].fillna(-1),
    ).sort_values(["within", "unlike", "apart", "hash_distance", "image_id_a", "image_id_b"])
    return ranked[pairs.columns].drop_duplicates(list(PAIR)).reset_index(drop=True)


def _figures(
    table: pd.DataFrame,
    pairs: pd.DataFrame,
    near: NearPairs,
    limits: PairLimits,
    with_vectors: bool,
) -> AuditSummary:
    sides = [frozenset(pair) for pair in zip(pairs["split_a"], pairs["split_b"], strict=True)]
    across = {"_".join(two): sides.count(frozenset(two)) for two in combinations(SPLITS, 2)}
    by_hash = int((pairs["hash_distance"] <= limits.hash_distance).sum())
    by_similarity = int((pairs["similarity"] >= limits.similarity).sum())
    known, same_by_hash, same_by_similarity = near.same
    return AuditSummary(
        images=len(table),
        lesions_in_two_splits=int((table.groupby("lesion_id")["split"].nunique() > 1).sum()),
        pairs_of_lesions={**across, "within_a_split": len(pairs) - sum(across.values())},
        found_by=FoundBy(hash=by_hash, similarity=by_similarity if with_vectors else None),
        same_lesion=SameLesion(
            pairs_of_images=known,
            found_by_hash=same_by_hash / known if known else None,
            found_by_similarity=same_by_similarity / known if known and with_vectors else None,
        ),
    )
