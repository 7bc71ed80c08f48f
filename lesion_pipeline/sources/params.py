"""Section `fetch`: where images come from, and how their table is to be read."""

from typing import Any, Final, Literal

from pydantic import Field, field_validator, model_validator

from lesion_pipeline.core.labels import DIAGNOSES
from lesion_pipeline.core.params import Section
from lesion_pipeline.tables.params import OURS, Columns, Diagnoses, TableParams

SourceName = Literal["sample", "local", "dataverse", "isic", "kaggle"]  # keys of fetch.SOURCES

ExternalName = Literal["isic2018_test"]

# Lesions of a diagnosis: with 15 % each for val and test, both get one.
FEWEST: Final = 7


class SampleParams(Section):
    """The generated collection."""

    lesions: int = Field(ge=14)  # two of each diagnosis
    jpeg_quality: int = Field(ge=1, le=95)
    seed: int = Field(ge=0)


class DataverseParams(Section):
    """The version of the dataset, and a server other than Harvard's (None: Harvard's)."""

    version: str = Field(pattern=r"^[0-9]+\.[0-9]+$")
    url: str | None


class IsicParams(Section):
    """A mirror of the challenge's bucket (None: the bucket itself)."""

    url: str | None


class LocalParams(TableParams):
    """How a collection's table is to be read, and how much of the collection is wanted.

    Attributes:
        table: the name of the table's file, with folders if need be; None: one of local.TABLES.
        limit_lesions: the largest number of lesions; None: all.
        seed: of the draw of these lesions.
    """

    table: str | None
    limit_lesions: int | None = Field(ge=FEWEST * len(DIAGNOSES))
    seed: int = Field(ge=0)


class ExternalParams(TableParams):
    """A labelled collection on this machine on which the network is validated.

    Attributes:
        name: of the collection, for files and tables.
        path: a folder or a zip file.
        table: the name of the table's file; None: one of local.TABLES.
        licence: of the images; None: not known.
        citation: what to cite; None: not known.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    path: str = Field(min_length=1)
    table: str | None = None
    columns: Columns = OURS.columns
    diagnoses: Diagnoses = None
    licence: str | None = None
    citation: str | None = None


class FetchParams(LocalParams):
    """Where images come from, and how their table is to be read.

    Attributes:
        source: of the collection.
        path: for source local: a folder or a zip file.
        name: what the collection is called in reports; None: what the source calls it.
        licence: of its images; None: what the source states.
        citation: what to cite; None: what the source states.
        malignant: the diagnoses that count as malignant, in any order. In a collection without
            diagnoses, those labelled malignant do.
        external: other collections, on which the network is validated; one name or none is a list
            of that.
        sample: of source sample.
        dataverse: of source dataverse, and of isic2018_test.
        isic: of source isic.
    """

    source: SourceName
    path: str | None
    name: str | None
    licence: str | None
    citation: str | None
    malignant: tuple[str, ...] = Field(strict=False)
    external: tuple[ExternalName | ExternalParams, ...] = Field(strict=False)
    sample: SampleParams
    dataverse: DataverseParams
    isic: IsicParams

    @field_validator("external", mode="before")
    @classmethod
    def _list(cls, collections: Any) -> Any:
        if collections is None:
            return ()
        return (collections,) if isinstance(collections, str) else collections

    @field_validator("external")
    @classmethod
    def _different_names(
        cls, collections: tuple[ExternalName | ExternalParams, ...]
    ) -> tuple[ExternalName | ExternalParams, ...]:
        names = [external_name(collection) for collection in collections]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"expected different names, received {', '.join(twice)} twice")
        return collections

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
        if self.source != "local" and self.table:
            raise ValueError(
                f"table is for source local; {self.source} has its own, received {self.table!r}"
            )
        return self

    @model_validator(mode="after")
    def _sample_has_its_own_number(self) -> "FetchParams":
        if self.source == "sample" and self.limit_lesions is not None:
            raise ValueError(
                "limit_lesions is for other sources; for the sample, sample.lesions; "
                f"received {self.limit_lesions}"
            )
        return self


def external_name(collection: ExternalName | ExternalParams) -> str:
    """Return the name of a collection in `fetch.external`."""
    return collection if isinstance(collection, str) else collection.name
