"""Bring a collection into one layout: metadata.csv and images/<image_id>.<suffix>."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from lesion_pipeline.addresses.storage import is_address
from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.files import write_text
from lesion_pipeline.images import image_files
from lesion_pipeline.sample.generator import SampleFolders, write_sample
from lesion_pipeline.sources.collection import (
    COLLECTION,
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
from lesion_pipeline.sources.params import (
    ExternalName,
    ExternalParams,
    FetchParams,
    LocalParams,
    SourceName,
    external_name,
)
from lesion_pipeline.sources.remote import bring
from lesion_pipeline.tables.metadata import check_images, read_metadata
from lesion_pipeline.tables.offenders import ListedError, Problem
from lesion_pipeline.tables.params import OURS
from lesion_pipeline.vocabulary import labels_of, malignant_of

ATTRIBUTION: Final = "ATTRIBUTION.md"


@dataclass(frozen=True)
class FetchFolders:
    """Where `fetch` writes.

    Attributes:
        raw: an empty folder for the collection.
        masks: an empty folder for masks of generated lesions.
        external: an empty folder for the others.
        downloads: a folder that stays from run to run, so that nothing is downloaded twice.
    """

    raw: Path
    masks: Path
    external: Path
    downloads: Path


def fetch(params: FetchParams, folders: FetchFolders, workers: int) -> FetchSummary:
    """Fill `folders.raw` with metadata.csv, images/, ATTRIBUTION.md and collection.json.

    `folders.external` gets a folder with the same for each other collection, or stays empty.

    Args:
        params: the sources.
        folders: where to write.
        workers: processes that draw, or threads that unpack.

    Returns:
        The content of both files collection.json.

    Raises:
        DataError: a source is missing, its metadata and images don't belong together, or another
            collection has an image or a lesion of the first.
    """
    known = SOURCES[params.source](params, folders, workers)
    attribution = known.stated(params.name, params.licence, params.citation)
    table, collection = _finish(folders.raw, params.source, params.malignant, attribution)
    labels = {dx: int((table["dx"] == dx).sum()) for dx in labels_of(table["dx"])}
    others = {}
    for wanted in params.external:
        name = external_name(wanted)
        other, others[name] = _bring_external(wanted, params, folders, workers)
        _check_apart(table, other, name)
    return FetchSummary(**dict(collection), labels=labels, external=others)


def _bring_external(
    wanted: ExternalName | ExternalParams, params: FetchParams, folders: FetchFolders, workers: int
) -> tuple[pd.DataFrame, Collection]:
    """Fill a folder of `folders.external` with another collection."""
    target = folders.external / external_name(wanted)
    target.mkdir(exist_ok=True)
    if isinstance(wanted, str):
        delivery = external(params.dataverse, folders.downloads)
        sources, names, attribution = delivery.sources, OURS, delivery.attribution
    else:
        key = f"fetch.external: {wanted.name}"
        sources, names = (_place(key, wanted, folders),), wanted
        attribution = LOCAL.stated(None, wanted.licence, wanted.citation)
    table = wanted.table if isinstance(wanted, ExternalParams) else None
    whole = LocalParams(
        table=table, columns=names.columns, diagnoses=names.diagnoses, limit_lesions=None, seed=0
    )
    copy_local(sources, target, whole, workers)
    return _finish(target, external_name(wanted), params.malignant, attribution)


Bring = Callable[[FetchParams, FetchFolders, int], Attribution]  # fills folders.raw


def _sample(params: FetchParams, folders: FetchFolders, workers: int) -> Attribution:
    sample = params.sample
    write_sample(
        SampleFolders(folders.raw, folders.masks),
        sample.lesions,
        sample.seed,
        sample.jpeg_quality,
        workers,
    )
    return GENERATED


def _local(params: FetchParams, folders: FetchFolders, workers: int) -> Attribution:
    copy_local([_place("fetch.path", params, folders)], folders.raw, params, workers)
    return LOCAL


def _place(key: str, params: FetchParams | ExternalParams, folders: FetchFolders) -> Path:
    """Return the absolute path of a collection, brought to this machine if it is elsewhere.

    Raises:
        DataError: there is nothing, or the pipeline would replace it; or as `bring`.
    """
    path, raw = str(params.path), folders.raw
    if is_address(path):
        return bring(path, params.table, folders.downloads).absolute()
    top, given = _top_folder(), os.path.expanduser(path)  # noqa: PTH111  (never raises)
    relative = not os.path.isabs(given)  # noqa: PTH117
    source = (top / given).resolve() if relative else Path(given)
    if any(source.resolve().is_relative_to((at / raw.parent).resolve()) for at in (top, Path())):
        raise DataError(
            f"{key}: expected a place outside {raw.parent}, which the pipeline "
            f"replaces, received {source}"
        )
    if not os.path.exists(source):  # noqa: PTH110
        place = f"{path}, relative to {top}, the top folder of the repository"
        raise DataError(
            f"{key}: expected a folder or a zip file, received {place if relative else source}"
        )
    return source


def _top_folder() -> Path:
    """Return the top folder of the repository; of a temporary copy for an experiment, the original.

    `dvc exp run --temp` and --queue run in a copy without what git ignores.
    """
    here = Path.cwd()
    originals = (at for at in here.parents if here.is_relative_to(at / ".dvc/tmp/exps"))
    return next(originals, here)


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
        generated=source == "sample",
        malignant=malignant_of(table["dx"], malignant),
        images=len(table),
        lesions=int(table["lesion_id"].nunique()),
        attribution=attribution,
    )
    write_text(folder / ATTRIBUTION, attribution.text())
    collection.write(folder / COLLECTION)
    return table, collection


def _check_apart(table: pd.DataFrame, other: pd.DataFrame, name: str) -> None:
    """Check that another collection shares nothing with the first, so that it tests new lesions.

    Raises:
        DataError: an image_id or a lesion_id is in both.
    """
    shared = [
        Problem(f"fetch.external: {name}: {column} also in the collection itself", tuple(both))
        for column in ("image_id", "lesion_id")
        if (both := sorted(set(table[column]) & set(other[column])))
    ]
    if shared:
        raise ListedError(None, shared)
