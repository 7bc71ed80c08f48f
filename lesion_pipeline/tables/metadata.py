"""The table of a collection, as HAM10000 has it: read, and checked as a whole before any use."""

from collections.abc import Collection, Iterator
from pathlib import Path, PurePath
from typing import Final

import pandas as pd

from lesion_pipeline.core.errors import DataError, listed
from lesion_pipeline.core.labels import CLASSES, DIAGNOSES
from lesion_pipeline.tables.delimited import read_delimited
from lesion_pipeline.tables.hints import columns_hint, diagnoses_hint
from lesion_pipeline.tables.offenders import (
    ListedError,
    Problem,
    distinct_offenders,
    offenders,
    refuse,
)
from lesion_pipeline.tables.params import OURS, Columns, TableParams
from lesion_pipeline.vocabulary import labels_of

REQUIRED: Final = ("lesion_id", "image_id", "dx")  # the others may be empty in a row
OLDEST_YEARS: Final = 120
LONGEST_BYTES: Final = 200  # of an image_id; file systems allow 255 with the ending
# Words for a missing value: those that pandas, which reads our own tables, takes for one.
MISSING: Final = (
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
    "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null",
)  # fmt: skip
_UNSAFE: Final = r"[/\\\x00-\x1f\x7f]|^\."  # in a file name; one with a dot in front is hidden


def read_metadata(
    path: Path,
    name: str | None = None,
    params: TableParams = OURS,
    images: Collection[str] = (),
) -> pd.DataFrame:
    """Read and check the table of a collection.

    Args:
        path: the file, as `read_delimited` takes it.
        name: what errors call it, if the user knows it by another name.
        params: the collection's own names of columns and diagnoses.
        images: the image_ids of the files. If one of them is an image_id of the table without an
            ending such as .jpg, that ending is removed.

    Returns:
        One row per image with COLUMNS in that order: strings, and age as float64 in years
        (missing: NaN). Either dx are diagnoses, or all are benign or malignant.

    Raises:
        DataError: the file can't be read or a row is not what it must be; a ListedError names all
            offenders with their line numbers.
    """
    name = name or str(path)
    table = _columns(read_delimited(path, name), params.columns, name)
    table["dx"] = table["dx"].replace(params.diagnoses or {})
    table["image_id"] = table["image_id"].replace(_without_endings(table["image_id"], images))
    refuse(name, list(_problems(table)))
    table = table.reset_index(drop=True)
    return table.assign(age=pd.to_numeric(table["age"]).astype("float64"))


def check_images(table: pd.DataFrame, image_ids: Collection[str]) -> None:
    """Check that every row has its image and every image its row.

    Raises:
        ListedError: names the image_ids on one side only.
    """
    rows, images = set(table["image_id"]), set(image_ids)
    problems = [
        Problem(f"{len(odd)} {problem}", tuple(sorted(odd)), hint)
        for odd, problem, hint in (
            (rows - images, "rows of the metadata without an image", _names_hint(rows, images)),
            (images - rows, "images without a row in the metadata", None),
        )
        if odd
    ]
    if problems:
        raise ListedError(None, problems)


def _names_hint(rows: set[str], images: set[str]) -> str | None:
    """Return what to do if no row has an image: the column is probably another one."""
    if rows & images or not images:
        return None
    return (
        f"no image_id is the name of a file, such as {min(images)}: fetch.columns.image_id names "
        "the column with the names of the files"
    )


def _columns(table: pd.DataFrame, columns: Columns, name: str) -> pd.DataFrame:
    """Return our columns under our names; those that the collection doesn't have are empty."""
    names = columns.names(table.columns)
    missing = [ours for ours, own in names.items() if own and own not in table.columns]
    if missing:
        raise DataError(
            f"{name}: missing column {listed(names[ours] for ours in missing)}; "
            f"found {listed(table.columns)}\nHint: {columns_hint(missing)}"
        )
    ours = {column: table[own] if own else "" for column, own in names.items()}
    texts = pd.DataFrame(ours, index=table.index, dtype="str")
    return texts.mask(texts.isin(MISSING))


def _without_endings(image_ids: pd.Series, images: Collection[str]) -> dict[str, str]:
    """Return by image_id what it is without its ending, where only that names an image."""
    known = set(images)
    stems = {image_id: PurePath(image_id).stem for image_id in image_ids.dropna().unique()}
    return {
        image_id: stem
        for image_id, stem in stems.items()
        if image_id not in known and stem in known and f"{stem}." in image_id
    }


def _problems(table: pd.DataFrame) -> Iterator[Problem]:
    """Yield each kind of problem, naming values and lines."""
    image_id, dx, age = table["image_id"], table["dx"], table["age"]
    for column in REQUIRED:
        yield from offenders(table[column][table[column].isna()].fillna(""), "empty")
    yield from offenders(image_id[image_id.duplicated(keep=False) & image_id.notna()], "not unique")
    yield from _unknown_labels(dx[dx.notna()])
    several = table.groupby("lesion_id")["dx"].transform("nunique") > 1
    yield from offenders(table["lesion_id"][several], "one lesion with several dx")
    years = pd.to_numeric(age, errors="coerce")
    odd = age.notna() & ~years.between(0, OLDEST_YEARS)
    yield from offenders(age[odd], f"expected years from 0 to {OLDEST_YEARS} or nothing")
    ids = image_id.fillna("")
    unsafe = ids.str.contains(_UNSAFE, regex=True) | ids.map(_too_long)
    yield from offenders(image_id[unsafe], "not usable as a file name")


def _unknown_labels(dx: pd.Series) -> Iterator[Problem]:
    unknown = dx[~dx.isin(labels_of(dx))]
    expected = f"unknown, expected {listed(DIAGNOSES)}; or {' and '.join(CLASSES)} only"
    yield from distinct_offenders(unknown, expected, diagnoses_hint(unknown.unique()))


def _too_long(image_id: str) -> bool:
    return len(image_id.encode()) > LONGEST_BYTES
