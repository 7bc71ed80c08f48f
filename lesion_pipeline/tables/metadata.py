"""The table of a collection, as HAM10000 has it: read it, and check all of it before any use."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

import pandas as pd
from pydantic import AfterValidator

from lesion_pipeline.core.errors import DataError, listed
from lesion_pipeline.core.labels import DIAGNOSES
from lesion_pipeline.core.params import Section
from lesion_pipeline.tables.delimited import read_delimited

COLUMNS: Final = ("lesion_id", "image_id", "dx", "dx_type", "age", "sex", "localization")
REQUIRED: Final = ("lesion_id", "image_id", "dx")  # the others may be empty in a row
OLDEST_YEARS: Final = 120
LONGEST_BYTES: Final = 200  # of an image_id; file systems allow 255 with the ending
# What stands for nothing: the words that pandas, which reads our own tables, takes for it.
MISSING: Final = (
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
    "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null",
)  # fmt: skip
_UNSAFE: Final = r"[/\\\x00-\x1f\x7f]|^\."  # in a file name; what begins with a dot is hidden


class Columns(Section):
    """What a collection calls our columns; None: it has no such column."""

    lesion_id: str
    image_id: str
    dx: str
    dx_type: str | None
    age: str | None
    sex: str | None
    localization: str | None


def _ours(dx: str) -> str:
    if dx not in DIAGNOSES:
        raise ValueError(f"expected one of {listed(DIAGNOSES)}")
    return dx


class TableParams(Section):
    """How a collection's table is to be understood.

    Attributes:
        columns: its names for our columns.
        diagnoses: its name: ours, for diagnoses whose names differ.
    """

    columns: Columns
    diagnoses: dict[str, Annotated[str, AfterValidator(_ours)]] | None


OURS: Final = TableParams(
    columns=Columns.model_validate({column: column for column in COLUMNS}), diagnoses=None
)


def read_metadata(path: Path, name: str | None = None, params: TableParams = OURS) -> pd.DataFrame:
    """Read and check the table of a collection.

    Args:
        path: the file, as `read_delimited` takes it.
        name: what errors call it, if the user knows it by another name.
        params: the collection's own names of columns and diagnoses.

    Returns:
        One row an image with COLUMNS in that order; all are strings (missing: NaN) but age,
        float64 in years (missing: NaN).

    Raises:
        DataError: the file can't be read or a row is not what it must be; lists all offenders
            with their line numbers.
    """
    name = name or str(path)
    table = _columns(read_delimited(path, name), params.columns, name)
    table["dx"] = table["dx"].replace(params.diagnoses or {})
    problems = list(_problems(table))
    if problems:
        raise DataError("\n".join([f"{name}: {len(problems)} kinds of problem", *problems]))
    table = table.reset_index(drop=True)
    return table.assign(age=pd.to_numeric(table["age"]).astype("float64"))


def check_images(table: pd.DataFrame, image_ids: set[str]) -> None:
    """Check that every row has its image and every image its row.

    Raises:
        DataError: lists the image_ids on one side only.
    """
    rows = set(table["image_id"])
    problems = [
        f"{len(odd)} {what}: {listed(sorted(odd))}"
        for odd, what in (
            (rows - image_ids, "rows of the metadata without an image"),
            (image_ids - rows, "images without a row in the metadata"),
        )
        if odd
    ]
    if problems:
        raise DataError("\n".join(problems))


def _columns(table: pd.DataFrame, columns: Columns, name: str) -> pd.DataFrame:
    """Take our columns under our names; those that the collection hasn't are empty."""
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
    """Yield a line for each kind of problem, naming value and line."""
    for column in REQUIRED:
        yield from _told(table, table[column].isna(), column, "empty")
    twice = table["image_id"].duplicated(keep=False) & table["image_id"].notna()
    yield from _told(table, twice, "image_id", "not unique")
    unknown = ~table["dx"].isin(DIAGNOSES) & table["dx"].notna()
    expected = f"unknown, expected one of {listed(DIAGNOSES)} (fetch.diagnoses translates)"
    yield from _told(table, unknown, "dx", expected)
    several = table.groupby("lesion_id")["dx"].transform("nunique") > 1
    yield from _told(table, several, "lesion_id", "one lesion with several dx")
    age = pd.to_numeric(table["age"], errors="coerce")
    odd = table["age"].notna() & ~age.between(0, OLDEST_YEARS)
    yield from _told(table, odd, "age", f"expected years from 0 to {OLDEST_YEARS} or nothing")
    ids = table["image_id"].fillna("")
    unsafe = ids.str.contains(_UNSAFE, regex=True) | ids.map(_too_long)
    yield from _told(table, unsafe, "image_id", "not usable as a file name")


def _too_long(image_id: str) -> bool:
    return len(image_id.encode()) > LONGEST_BYTES


def _told(table: pd.DataFrame, offends: pd.Series, column: str, why: str) -> Iterator[str]:
    if offends.any():
        values = table.loc[offends, column].fillna("")
        places = [f"{value!r} (line {line})" for line, value in values.items()]
        yield f"  {column} {why}: {listed(places)}"
