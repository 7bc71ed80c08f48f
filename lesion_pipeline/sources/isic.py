"""HAM10000's images as the training part of the ISIC 2018 challenge, Task 3.

There, diagnoses are columns of 0 and 1, and lesions are in a second table; age, sex and site are
not given. The challenge publishes no checksums, so its zip files are tested member by member.
"""

import zipfile
from pathlib import Path
from typing import Final

import pandas as pd

from lesion_pipeline.core.errors import DataError, listed
from lesion_pipeline.core.files import write_csv
from lesion_pipeline.core.labels import DIAGNOSES
from lesion_pipeline.sources.collection import HAM10000_CITATION, HAM10000_LICENCE, Attribution
from lesion_pipeline.sources.delivery import Delivery
from lesion_pipeline.sources.download import download
from lesion_pipeline.sources.params import IsicParams
from lesion_pipeline.sources.transfer import Remote, RetryPolicy
from lesion_pipeline.tables.delimited import headed, parse_rows, read_delimited
from lesion_pipeline.tables.params import COLUMNS

OFFICIAL: Final = "https://isic-challenge-data.s3.amazonaws.com"
IMAGES: Final = "ISIC2018_Task3_Training_Input.zip"
TRUTH: Final = "ISIC2018_Task3_Training_GroundTruth.zip"
LESIONS: Final = "ISIC2018_Task3_Training_LesionGroupings.csv"
CHALLENGE_CITATION: Final = (
    "Codella N. et al.: Skin lesion analysis toward melanoma detection 2018: a challenge hosted by "
    "the International Skin Imaging Collaboration (ISIC). arXiv:1902.03368 (2019)"
)
_DX_TYPES: Final = {  # from the challenge's words to HAM10000's
    "histopathology": "histo",
    "serial imaging showing no change": "follow_up",
    "single image expert consensus": "consensus",
    "confocal microscopy with consensus dermoscopy": "confocal",
}


def isic(params: IsicParams, downloads: Path, retry: RetryPolicy | None = None) -> Delivery:
    """Bring images, diagnoses and lesions to a folder of `downloads`.

    Raises:
        DataError: as `download`, or a table isn't what it must be.
    """
    folder = downloads / "isic2018-task3"
    server = (params.url or OFFICIAL).rstrip("/")
    files = tuple(
        download(Remote(name, f"{server}/2018/{name}"), folder, retry)
        for name in (LESIONS, TRUTH, IMAGES)
    )
    lesions = read_delimited(folder / LESIONS, str(folder / LESIONS))
    table = challenge_table(_read_truth(folder / TRUTH), lesions)
    attribution = Attribution(
        title="HAM10000, as training part of ISIC 2018 Task 3",
        source=f"{OFFICIAL}/2018/, see https://challenge.isic-archive.com/data/#2018",
        licence=HAM10000_LICENCE,
        citation=f"{HAM10000_CITATION}; {CHALLENGE_CITATION}",
        version="ISIC 2018 Task 3",
        date="2018",
        files=files,
        remark="The source lists no checksums: those above were computed here after the download.",
    )
    write_csv(folder / "metadata.csv", table)
    return Delivery((folder / IMAGES, folder / "metadata.csv"), attribution)


def challenge_table(truth: pd.DataFrame, lesions: pd.DataFrame) -> pd.DataFrame:
    """Map the challenge's two tables to HAM10000's columns.

    Args:
        truth: `image` and a column of "1.0" or "0.0" for each diagnosis in capitals.
        lesions: `image`, `lesion_id` and `diagnosis_confirm_type`.

    Returns:
        One row per image, in the order of `truth`; columns that the challenge lacks are empty.

    Raises:
        DataError: a column is missing, an image has not exactly one diagnosis, or one of the
            tables lacks an image or has it twice; names the images.
    """
    names = {dx.upper(): dx for dx in DIAGNOSES}
    _need(truth, ("image", *names), TRUTH)
    _need(lesions, ("image", "lesion_id", "diagnosis_confirm_type"), LESIONS)
    _same_images(truth["image"], lesions["image"])
    chosen = truth[list(names)].apply(pd.to_numeric, errors="coerce") == 1
    odd = truth.loc[chosen.sum(axis="columns") != 1, "image"]
    if len(odd):
        raise DataError(f"{TRUTH}: expected exactly one diagnosis of {listed(odd)}")
    grouped = lesions.set_index("image").loc[truth["image"]]
    confirmed = grouped["diagnosis_confirm_type"]
    table = pd.DataFrame(
        {
            "lesion_id": grouped["lesion_id"].to_numpy(),
            "image_id": truth["image"].to_numpy(),
            "dx": chosen.idxmax(axis="columns").map(names).to_numpy(),
            "dx_type": confirmed.map(_DX_TYPES).fillna(confirmed).to_numpy(),
        }
    )
    return table.reindex(columns=list(COLUMNS))


def _need(table: pd.DataFrame, columns: tuple[str, ...], name: str) -> None:
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise DataError(f"{name}: missing column {listed(missing)}; found {listed(table.columns)}")


def _same_images(truth: "pd.Series[str]", lesions: "pd.Series[str]") -> None:
    problems = [
        f"{name}: {problem} {listed(images)}"
        for name, problem, images in (
            (TRUTH, "twice", truth[truth.duplicated()]),
            (LESIONS, "twice", lesions[lesions.duplicated()]),
            (TRUTH, "lacks", sorted(set(lesions) - set(truth))),
            (LESIONS, "lacks", sorted(set(truth) - set(lesions))),
        )
        if len(images)
    ]
    if problems:
        raise DataError("\n".join(problems))


def _read_truth(file: Path) -> pd.DataFrame:
    """Read the only CSV of a zip file that `download` has tested."""
    with zipfile.ZipFile(file) as archive:
        tables = [
            name
            for name in archive.namelist()
            if name.endswith(".csv") and not name.startswith("__MACOSX")
        ]
        if len(tables) != 1:
            raise DataError(f"{file}: expected one CSV file, found {listed(tables) or 'none'}")
        return headed(parse_rows(archive.read(tables[0]), str(file)), str(file))
