"""HAM10000 from its original publication, by Dataverse's public API: no account is needed.

The API (https://guides.dataverse.org/en/latest/api/) lists the files of a dataset version. A table
that Dataverse has converted (`originalFileFormat`) is requested in the form in which it was
deposited; the listed MD5 is that of the deposit, not of the conversion.
"""

from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, Field, ValidationError

from lesion_pipeline.core.errors import DataError, listed
from lesion_pipeline.core.files import whole_file
from lesion_pipeline.core.results import problems
from lesion_pipeline.sources.collection import (
    HAM10000_CITATION,
    HAM10000_LICENCE,
    Attribution,
    SourceFile,
)
from lesion_pipeline.sources.delivery import Delivery
from lesion_pipeline.sources.download import download
from lesion_pipeline.sources.params import DataverseParams
from lesion_pipeline.sources.transfer import Remote, RetryPolicy

DOI: Final = "10.7910/DVN/DBW86T"
OFFICIAL: Final = "https://dataverse.harvard.edu"
TRAINING: Final = ("HAM10000_images_part_1.zip", "HAM10000_images_part_2.zip", "HAM10000_metadata")
EXTERNAL: Final = ("ISIC2018_Task3_Test_Images.zip", "ISIC2018_Task3_Test_GroundTruth")
NEVER_PUBLISHED: Final = b"ISIC_0035068"  # in the external table; the zip file lacks its image


def dataverse(
    params: DataverseParams, downloads: Path, retry: RetryPolicy | None = None
) -> Delivery:
    """Bring HAM10000's images and table to a folder of `downloads`.

    Raises:
        DataError: as `download`, or the dataset version doesn't list a file.
    """
    dataset = _Dataset.fetch(params, downloads, retry)
    files = dataset.bring(TRAINING)
    sources = tuple(dataset.folder / file.name for file in files)
    return Delivery(sources, dataset.attribution("HAM10000", files))


def external(
    params: DataverseParams, downloads: Path, retry: RetryPolicy | None = None
) -> Delivery:
    """Bring the test images of ISIC 2018 Task 3 and their table, part of the same dataset.

    Raises:
        DataError: as `dataverse`.
    """
    dataset = _Dataset.fetch(params, downloads, retry)
    files = dataset.bring(EXTERNAL)
    images, truth = (dataset.folder / file.name for file in files)
    lines = truth.read_bytes().splitlines(keepends=True)
    table = dataset.folder / "isic2018_test" / "metadata.csv"
    with whole_file(table) as partial:
        partial.write_bytes(b"".join(line for line in lines if NEVER_PUBLISHED not in line))
    return Delivery((images, table), dataset.attribution("ISIC 2018 Task 3, test part", files))


class _Checksum(BaseModel):
    type: str
    value: str


class _DataFile(BaseModel):
    id: int
    md5: str | None = None
    checksum: _Checksum | None = None
    converted_from: str | None = Field(None, alias="originalFileFormat")

    def listed_md5(self) -> str | None:
        """Return the MD5 in small letters; older versions of Dataverse list it by itself."""
        checksum = self.checksum
        value = checksum.value if checksum and checksum.type == "MD5" else self.md5
        return value.lower() if value else None


class _Entry(BaseModel):
    label: str
    data_file: _DataFile = Field(alias="dataFile")


class _Version(BaseModel):
    """What the API tells of a dataset version, as far as it is used here."""

    files: list[_Entry]
    number: int = Field(alias="versionNumber")
    minor_number: int = Field(alias="versionMinorNumber")
    released: str | None = Field(None, alias="releaseTime")
    license: Any = None  # an object with a name; older versions of Dataverse give a text


class _Answer(BaseModel):
    data: _Version


@dataclass(frozen=True)
class _Dataset:
    """A version of the dataset, and the folder for its files."""

    version: _Version
    folder: Path
    server: str
    retry: RetryPolicy | None

    @classmethod
    def fetch(
        cls, params: DataverseParams, downloads: Path, retry: RetryPolicy | None
    ) -> "_Dataset":
        """Download the description; a published version never changes, so once is enough."""
        server = (params.url or OFFICIAL).rstrip("/")
        folder = downloads / f"dataverse-{params.version}"
        address = f"{server}/api/datasets/:persistentId/versions/{params.version}"
        query = f"?persistentId=doi:{DOI}"
        download(Remote("dataset.json", address + query), folder, retry)
        return cls(_read(folder / "dataset.json"), folder, server, retry)

    def bring(self, stems: tuple[str, ...]) -> tuple[SourceFile, ...]:
        """Download the files of these names, whatever ending Dataverse gives to a table."""
        files = {entry.label: entry.data_file for entry in self.version.files}
        wanted = {stem: _label(stem, files) for stem in stems}
        missing = [stem for stem, label in wanted.items() if label is None]
        if missing:
            raise DataError(
                f"{self.folder / 'dataset.json'}: the dataset version doesn't list "
                f"{listed(missing)}; it lists {listed(files)}"
            )
        return tuple(
            download(self._remote(stem, files[str(label)]), self.folder, self.retry)
            for stem, label in wanted.items()
        )

    def _remote(self, stem: str, file: _DataFile) -> Remote:
        url = f"{self.server}/api/access/datafile/{file.id}"
        if file.converted_from is not None:
            url += "?format=original"
        md5 = file.listed_md5()
        if md5 is None:
            raise DataError(f"{self.folder / 'dataset.json'}: no MD5 is listed for {stem}")
        return Remote(stem if stem.endswith(".zip") else f"{stem}.csv", url, md5)

    def attribution(self, title: str, files: tuple[SourceFile, ...]) -> Attribution:
        """Return whose it is; a licence stated by the version replaces the one that we know."""
        licence = self.version.license
        stated = licence.get("name") if isinstance(licence, dict) else None
        released = self.version.released
        return Attribution(
            title=title,
            source=f"doi:{DOI}, {OFFICIAL}/dataset.xhtml?persistentId=doi:{DOI}",
            licence=stated or HAM10000_LICENCE,
            citation=HAM10000_CITATION,
            version=f"{self.version.number}.{self.version.minor_number}",
            date=released[:10] if released else None,
            files=files,
        )


def _read(file: Path) -> _Version:
    try:
        return _Answer.model_validate_json(file.read_bytes()).data
    except ValidationError as error:
        raise DataError(
            f"{file}: expected a dataset version with files; delete it to request it again "
            f"({problems(error)})"
        ) from None


def _label(stem: str, labels: Container[str]) -> str | None:
    """Return the label of HAM10000_metadata, whether it is listed so, as .tab or as .csv."""
    endings = ("",) if stem.endswith(".zip") else ("", ".tab", ".csv")
    return next((stem + ending for ending in endings if stem + ending in labels), None)
