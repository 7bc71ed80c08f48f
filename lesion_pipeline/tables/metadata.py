"""The table of a collection, as HAM10000 has it: read, and checked as a whole before any use."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pandas as pd

from lesion_pipeline.core.errors import DataError, listed
from lesion_pipeline.core.labels import DIAGNOSES
from lesion_pipeline.tables.delimited import read_delimited
from lesion_pipeline.tables.offenders import offenders, refuse
from lesion_pipeline.tables.params import OURS, Columns, TableParams

REQUIRED: Final = ("lesion_id", "image_id", "dx")  # the others may be empty in a row
OLDEST_YEARS: Final = 120
LONGEST_BYTES: Final = 200  # of an image_id; file systems allow 255 with the ending
# Words for a missing value: those that pandas, which reads our own tables, takes for one.
MISSING: Final = (
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
    "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null",
)  # fmt: skip
_UNSAFE: Final = r"[/\\\x00-\x1f\x7f]|^\."  # in a file name; one with a dot in front is hidden


def read_metadata(path: Path, name: str | None = None, params: TableParams = OURS) -> pd.DataFrame:
    """Read and check the table of a collection.

    Args:
        path: the file, as `read_delimited` takes it.
        name: what errors call it, if the user knows it by another name.
        params: the collection's own names of columns and diagnoses.

    Returns:
        One row per image with COLUMNS in that order: strings, and age as float64 in years
        (missing: NaN).

    Raises:
        DataError: the file can't be read or a row is not what it must be; lists all offenders
            with their line numbers.
    """
    name = name or str(path)
    table = _columns(read_delimited(path, name), params.columns, name)
    table["dx"] = table["dx"].replace(params.diagnoses or {})
    refuse(name, list(_problems(table)))
    table = table.reset_index(drop=True)
    return table.assign(age=pd.to_numeric(table["age"]).astype("float64"))


def check_images(table: pd.DataFrame, image_ids: set[str]) -> None:
    """Check that every row has its image and every image its row.

    Raises:
        DataError: lists the image_ids on one side only.
    """
    rows = set(table["image_id"])
    problems = [
        f"{len(odd)} {problem}: {listed(sorted(odd))}"
        for odd, problem in (
            (rows - image_ids, "rows of the metadata without an image"),
            (image_ids - rows, "images without a row in the metadata"),
        )
        if odd
    ]
    if problems:
        raise DataError("\n".join(problems))


def _columns(table: pd.DataFrame, columns: Columns, name: str) -> pd.DataFrame:
    """Return our columns under our names; those that the collection doesn't have are empty."""
    names = columns.model_dump()
    missing = [own for own in names.values() if own is not None and own not in table.columns]
    if missing:
        raise DataError(
            f"{name}: missing column {listed(missing)}; found {listed(table.columns)}; "
            "fetch.columns tells other names"
        )
    ours = {column: table[own] if own else "" for column, own in names.items()}
    texts = pd.DataFrame(ours, index=table.index, dtype="str")
    return texts.mask(texts.isin(MISSING))


def _problems(table: pd.DataFrame) -> Iterator[str]:
    """Yield one line for each kind of problem, naming values and lines."""
    image_id, dx, age = table["image_id"], table["dx"], table["age"]
    for column in REQUIRED:
        yield from offenders(table[column][table[column].isna()].fillna(""), "empty")
    yield from offenders(image_id[image_id.duplicated(keep=False) & image_id.notna()], "not unique")
    expected = f"unknown, expected one of {listed(DIAGNOSES)} (fetch.diagnoses translates)"
    yield from offenders(dx[~dx.isin(DIAGNOSES) & dx.notna()], expected)
    several = table.groupby("lesion_id")["dx"].transform("nunique") > 1
    yield from offenders(table["lesion_id"][several], "one lesion with several dx")
    years = pd.to_numeric(age, errors="coerce")
    odd = age.notna() & ~years.between(0, OLDEST_YEARS)
    yield from offenders(age[odd], f"expected years from 0 to {OLDEST_YEARS} or nothing")
    ids = image_id.fillna("")
    unsafe = ids.str.contains(_UNSAFE, regex=True) | ids.map(_too_long)
    yield from offenders(image_id[unsafe], "not usable as a file name")


def _too_long(image_id: str) -> bool:
    return len(image_id.encode()) > LONGEST_BYTES
