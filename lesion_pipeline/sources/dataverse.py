"""HAM10000 from its original publication, by Dataverse's public API: no account is needed.

The API (https://guides.dataverse.org/en/latest/api/) lists the files of a dataset version. A table
that Dataverse has converted (`originalFileFormat`) is asked for as it was deposited; the MD5 that
is listed for it is that of the deposit, not of the conversion.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import Field

from lesion_pipeline.core.errors import DataError, listed
from lesion_pipeline.core.files import read_json, whole_file
from lesion_pipeline.core.params import Section
from lesion_pipeline.sources.attribution import HAM10000_CITATION, HAM10000_LICENCE, Attribution
from lesion_pipeline.sources.delivery import Delivery
from lesion_pipeline.sources.download import Facts, Patience, Remote, download

DOI: Final = "10.7910/DVN/DBW86T"
OFFICIAL: Final = "https://dataverse.harvard.edu"
TRAINING: Final = ("HAM10000_images_part_1.zip", "HAM10000_images_part_2.zip", "HAM10000_metadata")
EXTERNAL: Final = ("ISIC2018_Task3_Test_Images.zip", "ISIC2018_Task3_Test_GroundTruth")
NEVER_PUBLISHED: Final = b"ISIC_0035068"  # a row of the external table; its image isn't in the zip


class DataverseParams(Section):
    """Which state of the dataset, and from where."""

    version: str = Field(pattern=r"^[0-9]+\.[0-9]+$")
    url: str | None


def dataverse(
    params: DataverseParams, downloads: Path, patience: Patience | None = None
) -> Delivery:
    """Bring HAM10000's images and table to a folder of `downloads`.

    Raises:
        DataError: what download raises, or the dataset version doesn't list a file.
    """
    dataset = _Dataset.ask(params, downloads, patience)
    facts = dataset.bring(TRAINING)
    sources = tuple(dataset.folder / file.name for file in facts)
    return Delivery(sources, dataset.attribution("HAM10000", facts))


def external(
    params: DataverseParams, downloads: Path, patience: Patience | None = None
) -> Delivery:
    """Bring the test images of ISIC 2018 Task 3 and their table, part of the same dataset.

    Raises:
        DataError: as for `dataverse`.
    """
    dataset = _Dataset.ask(params, downloads, patience)
    facts = dataset.bring(EXTERNAL)
    images, truth = (dataset.folder / file.name for file in facts)
    lines = truth.read_bytes().splitlines(keepends=True)
    table = dataset.folder / "isic2018_test" / "metadata.csv"
    with whole_file(table) as partial:
        partial.write_bytes(b"".join(line for line in lines if NEVER_PUBLISHED not in line))
    return Delivery((images, table), dataset.attribution("ISIC 2018 Task 3, test part", facts))


@dataclass(frozen=True)
class _Dataset:
    """A version of the dataset as the API describes it, and the folder for its files."""

    facts: Mapping[str, Any]
    folder: Path
    server: str
    patience: Patience | None

    @classmethod
    def ask(cls, params: DataverseParams, downloads: Path, patience: Patience | None) -> "_Dataset":
        """Download the description; a published version never changes, so once is enough."""
        server = (params.url or OFFICIAL).rstrip("/")
        folder = downloads / f"dataverse-{params.version}"
        address = f"{server}/api/datasets/:persistentId/versions/{params.version}"
        query = f"?persistentId=doi:{DOI}"
        download(Remote("dataset.json", address + query), folder, patience)
        file = folder / "dataset.json"
        facts = read_json(file).get("data")
        if not isinstance(facts, dict) or not isinstance(facts.get("files"), list):
            raise DataError(f"{file}: expected a dataset version with files; delete it to ask anew")
        return cls(facts, folder, server, patience)

    def bring(self, stems: tuple[str, ...]) -> tuple[Facts, ...]:
        """Download the files of these names, whatever ending Dataverse gives to a table."""
        files = {str(item.get("label")): item.get("dataFile", {}) for item in self.facts["files"]}
        wanted = {stem: _named(stem, files) for stem in stems}
        missing = [stem for stem, label in wanted.items() if label is None]
        if missing:
            raise DataError(
                f"{self.folder / 'dataset.json'}: the dataset version doesn't list "
                f"{listed(missing)}; it lists {listed(files)}"
            )
        return tuple(
            download(self._remote(stem, files[str(label)]), self.folder, self.patience)
            for stem, label in wanted.items()
        )

    def _remote(self, stem: str, file: Mapping[str, Any]) -> Remote:
        converted = "originalFileFormat" in file
        url = f"{self.server}/api/access/datafile/{file.get('id')}"
        checksum = file.get("checksum", {})
        md5 = checksum.get("value") if checksum.get("type") == "MD5" else file.get("md5")
        if not md5:
            raise DataError(f"{self.folder / 'dataset.json'}: no MD5 is listed for {stem}")
        name = stem if stem.endswith(".zip") else f"{stem}.csv"
        return Remote(name, url + "?format=original" * converted, md5.lower())

    def attribution(self, title: str, files: tuple[Facts, ...]) -> Attribution:
        """Say whose it is; terms that the version states come before those we know of."""
        licence = self.facts.get("license")
        stated = licence.get("name") if isinstance(licence, dict) else None
        number = f"{self.facts.get('versionNumber')}.{self.facts.get('versionMinorNumber')}"
        return Attribution(
            title=title,
            source=f"doi:{DOI}, {OFFICIAL}/dataset.xhtml?persistentId=doi:{DOI}",
            licence=stated or HAM10000_LICENCE,
            citation=HAM10000_CITATION,
            version=number,
            date=str(self.facts["releaseTime"])[:10] if "releaseTime" in self.facts else None,
            files=files,
        )


def _named(stem: str, files: Mapping[str, Any]) -> str | None:
    """Find HAM10000_metadata whether it is listed as such, as .tab or as .csv."""
    endings = ("",) if stem.endswith(".zip") else ("", ".tab", ".csv")
    return next((stem + ending for ending in endings if stem + ending in files), None)
