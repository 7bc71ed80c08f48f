"""Bring a collection into one layout: metadata.csv and images/<image_id>.<suffix>."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from lesion_pipeline.core.errors import DataError, listed
from lesion_pipeline.core.files import write_text
from lesion_pipeline.images import image_files
from lesion_pipeline.sample.generator import write_sample
from lesion_pipeline.sources.collection import (
    GENERATED,
    LOCAL,
    Attribution,
    Collection,
    FetchSummary,
)
from lesion_pipeline.sources.dataverse import dataverse, external
from lesion_pipeline.sources.delivery import Delivery
from lesion_pipeline.sources.isic import isic
from lesion_pipeline.sources.kaggle import kaggle
from lesion_pipeline.sources.local import copy_local
from lesion_pipeline.sources.params import FetchParams, LocalParams, SourceName
from lesion_pipeline.tables.metadata import check_images, read_metadata
from lesion_pipeline.tables.params import OURS

ATTRIBUTION: Final = "ATTRIBUTION.md"
COLLECTION: Final = "collection.json"
_WHOLE: Final = LocalParams(  # how a second collection is read
    columns=OURS.columns, diagnoses=OURS.diagnoses, limit_lesions=None, seed=0
)


@dataclass(frozen=True)
class FetchFolders:
    """Where `fetch` writes.

    Attributes:
        raw: an empty folder for the collection.
        external: an empty folder for a second one.
        downloads: a folder that stays from run to run, so that nothing is downloaded twice.
    """

    raw: Path
    external: Path
    downloads: Path


def fetch(params: FetchParams, folders: FetchFolders, workers: int) -> FetchSummary:
    """Fill `folders.raw` with metadata.csv, images/, ATTRIBUTION.md and collection.json.

    `folders.external` gets the same of the second collection, or stays empty.

    Args:
        params: the sources.
        folders: where to write.
        workers: processes that draw, or threads that unpack.

    Returns:
        The content of both files collection.json.

    Raises:
        DataError: a source is missing, its metadata and images don't belong together, or the two
            collections share an image or a lesion.
    """
    attribution = SOURCES[params.source](params, folders, workers)
    table, collection = _finish(folders.raw, params.source, params.malignant, attribution)
    second = None
    if params.external is not None:
        delivery = external(params.dataverse, folders.downloads)
        copy_local(delivery.sources, folders.external, _WHOLE, workers)
        other, second = _finish(
            folders.external, params.external, params.malignant, delivery.attribution
        )
        _check_apart(table, other)
    return FetchSummary(**dict(collection), external=second)


Bring = Callable[[FetchParams, FetchFolders, int], Attribution]  # fills folders.raw


def _sample(params: FetchParams, folders: FetchFolders, workers: int) -> Attribution:
    sample = params.sample
    write_sample(folders.raw, sample.lesions, sample.seed, sample.jpeg_quality, workers)
    return GENERATED


def _local(params: FetchParams, folders: FetchFolders, workers: int) -> Attribution:
    source = Path(os.path.expanduser(str(params.path)))  # noqa: PTH111  (never raises)
    replaced = folders.raw.parent
    if source.resolve().is_relative_to(replaced.resolve()):
        raise DataError(
            f"fetch.path: expected a place outside {replaced}, which the pipeline "
            f"replaces, received {source}"
        )
    copy_local([source], folders.raw, params, workers)
    return LOCAL


def _downloaded(download: Callable[[FetchParams, Path], Delivery]) -> Bring:
    """Return what downloads a collection's files to `folders.downloads` and unpacks them."""

    def bring(params: FetchParams, folders: FetchFolders, workers: int) -> Attribution:
        delivery = download(params, folders.downloads)
        copy_local(delivery.sources, folders.raw, params, workers)
        return delivery.attribution

    return bring


# By the value of fetch.source.
SOURCES: Final[dict[SourceName, Bring]] = {
    "sample": _sample,
    "local": _local,
    "dataverse": _downloaded(lambda params, downloads: dataverse(params.dataverse, downloads)),
    "isic": _downloaded(lambda params, downloads: isic(params.isic, downloads)),
    "kaggle": _downloaded(lambda _, downloads: kaggle(downloads)),
}


def _finish(
    folder: Path, source: str, malignant: tuple[str, ...], attribution: Attribution
) -> tuple[pd.DataFrame, Collection]:
    """Check the table and images in a folder, and write beside them whose they are."""
    table = read_metadata(folder / "metadata.csv")
    check_images(table, set(image_files(folder / "images")))
    collection = Collection(
        source=source,
        generated=attribution is GENERATED,
        malignant=malignant,
        images=len(table),
        lesions=int(table["lesion_id"].nunique()),
        attribution=attribution,
    )
    write_text(folder / ATTRIBUTION, attribution.text())
    collection.write(folder / COLLECTION)
    return table, collection


def _check_apart(table: pd.DataFrame, other: pd.DataFrame) -> None:
    """Check that a second collection shares nothing with the first, so that it tests new lesions.

    Raises:
        DataError: an image_id or a lesion_id is in both.
    """
    shared = [
        f"{column} {listed(sorted(set(table[column]) & set(other[column])))}"
        for column in ("image_id", "lesion_id")
        if set(table[column]) & set(other[column])
    ]
    if shared:
        raise DataError("fetch.external: also in the collection itself: " + "; ".join(shared))
