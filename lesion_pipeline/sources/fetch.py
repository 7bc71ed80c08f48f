"""Bring a collection into one layout: metadata.csv and images/<image_id>.<suffix>."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import pandas as pd
from pydantic import Field, field_validator, model_validator

from lesion_pipeline.core.errors import DataError, listed
from lesion_pipeline.core.files import write_text
from lesion_pipeline.core.labels import DIAGNOSES
from lesion_pipeline.core.params import Section
from lesion_pipeline.sample.generator import write_sample
from lesion_pipeline.sources.attribution import GENERATED, LOCAL, Attribution
from lesion_pipeline.sources.dataverse import DataverseParams, dataverse, external
from lesion_pipeline.sources.isic import IsicParams, isic
from lesion_pipeline.sources.kaggle import kaggle
from lesion_pipeline.sources.local import LocalParams, copy_local
from lesion_pipeline.tables.metadata import OURS, check_images, read_metadata

ATTRIBUTION: Final = "ATTRIBUTION.md"
_WHOLE: Final = LocalParams(  # how a second collection is taken
    columns=OURS.columns, diagnoses=OURS.diagnoses, limit_lesions=None, seed=0
)


class SampleParams(Section):
    """The generated collection."""

    lesions: int = Field(ge=14)  # two of each diagnosis
    jpeg_quality: int = Field(ge=1, le=95)
    seed: int = Field(ge=0)


class FetchParams(LocalParams):
    """Where images come from, and how they are to be understood."""

    source: Literal["sample", "local", "dataverse", "isic", "kaggle"]
    path: str | None
    malignant: tuple[str, ...] = Field(strict=False)
    external: Literal["isic2018_test"] | None
    sample: SampleParams
    dataverse: DataverseParams
    isic: IsicParams

    @field_validator("malignant")
    @classmethod
    def _some_diagnoses(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        chosen = tuple(dx for dx in DIAGNOSES if dx in names)  # their order makes no difference
        if len(chosen) < len(names) or not 0 < len(chosen) < len(DIAGNOSES):
            raise ValueError(f"expected some, not all, of {', '.join(DIAGNOSES)}, each once")
        return chosen

    @model_validator(mode="after")
    def _local_needs_a_path(self) -> "FetchParams":
        if self.source == "local" and not self.path:
            raise ValueError("source local needs path, a folder or a zip file")
        return self

    @model_validator(mode="after")
    def _sample_has_its_own_number(self) -> "FetchParams":
        if self.source == "sample" and self.limit_lesions is not None:
            raise ValueError("limit_lesions is of other sources; for the sample, sample.lesions")
        return self


@dataclass(frozen=True)
class Places:
    """Where `fetch` writes.

    Attributes:
        raw: an empty folder for the collection.
        external: an empty folder for a second one.
        downloads: a folder that stays from run to run, so that nothing is downloaded twice.
    """

    raw: Path
    external: Path
    downloads: Path


def fetch(params: FetchParams, places: Places, workers: int) -> dict[str, object]:
    """Fill `places.raw` with metadata.csv, images/ and ATTRIBUTION.md.

    `places.external` gets the same of the second collection, or stays empty.

    Args:
        params: the sources.
        places: where to.
        workers: processes that draw, or threads that unpack.

    Returns:
        A summary: source, whether the images are generated, what counts as malignant, counts of
        images and lesions, whose they are; and the same of the second collection, or None.

    Raises:
        DataError: a source is missing, its metadata and images don't belong together, or the two
            collections share an image or a lesion.
    """
    attribution = _bring(params, places, workers)
    table, summary = _finish(places.raw, attribution)
    second = None
    if params.external is not None:
        delivery = external(params.dataverse, places.downloads)
        copy_local(delivery.sources, places.external, _WHOLE, workers)
        other, second = _finish(places.external, delivery.attribution)
        _check_apart(table, other)
        second = {"source": params.external, **second}
    generated = params.source == "sample"
    return {
        "source": params.source,
        "generated": generated,
        "malignant": list(params.malignant),
        **summary,
        "external": second,
    }


def _bring(params: FetchParams, places: Places, workers: int) -> Attribution:
    """Bring table and images of the chosen source."""
    if params.source == "sample":
        sample = params.sample
        write_sample(places.raw, sample.lesions, sample.seed, sample.jpeg_quality, workers)
        return GENERATED
    if params.source == "local":
        source = _local_path(str(params.path), places.raw.parent)
        copy_local([source], places.raw, params, workers)
        return LOCAL
    if params.source == "dataverse":
        delivery = dataverse(params.dataverse, places.downloads)
    elif params.source == "isic":
        delivery = isic(params.isic, places.downloads)
    else:
        delivery = kaggle(places.downloads)
    copy_local(delivery.sources, places.raw, params, workers)
    return delivery.attribution


def _local_path(path: str, replaced: Path) -> Path:
    source = Path(os.path.expanduser(path))  # noqa: PTH111  (never raises)
    if source.resolve().is_relative_to(replaced.resolve()):
        raise DataError(
            f"fetch.path: expected a place outside {replaced}, which the pipeline "
            f"replaces, received {source}"
        )
    return source


def _finish(folder: Path, attribution: Attribution) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Check what lies in `folder`, say whose it is, and sum it up."""
    table = read_metadata(folder / "metadata.csv")
    check_images(table, {file.stem for file in (folder / "images").iterdir()})
    write_text(folder / ATTRIBUTION, attribution.text())
    return table, {
        "images": len(table),
        "lesions": int(table["lesion_id"].nunique()),
        "attribution": attribution.summary(),
    }


def _check_apart(table: pd.DataFrame, other: pd.DataFrame) -> None:
    """Check that a second collection is really another one: it must say something of new lesions.

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
