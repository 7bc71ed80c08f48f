"""The table of a collection, as HAM10000 has it: read it, and check all of it before any use."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pandas as pd

from lesion_pipeline.errors import DataError, listed
from lesion_pipeline.labels import DIAGNOSES

COLUMNS: Final = ("lesion_id", "image_id", "dx", "dx_type", "age", "sex", "localization")
REQUIRED: Final = ("lesion_id", "image_id", "dx")  # the others may be empty in a row
OLDEST_YEARS: Final = 120


def read_metadata(path: Path, name: str | None = None) -> pd.DataFrame:
    """Read and check metadata.csv.

    Args:
        path: the file.
        name: what errors call it, if the user knows it by another name.

    Returns:
        One row an image with COLUMNS in that order; all are strings (missing: NaN) but age,
        float64 in years (missing: NaN).

    Raises:
        DataError: the file can't be read or a row is not what it must be; lists all offenders
            with their line numbers.
    """
    name = name or str(path)
    table = _read_text(path, name)
    missing = [column for column in COLUMNS if column not in table.columns]
    if missing:
        raise DataError(
            f"{name}: missing column {', '.join(missing)}; found {', '.join(table.columns)}"
        )
    problems = list(_problems(table))
    if problems:
        raise DataError("\n".join([f"{name}: {len(problems)} kinds of problem", *problems]))
    table = table[list(COLUMNS)]
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


def _read_text(path: Path, name: str) -> pd.DataFrame:
    try:
        table = pd.read_csv(path, dtype=str, encoding="utf-8-sig", skip_blank_lines=False)
    except FileNotFoundError:
        raise DataError(f"{name} not found") from None
    except (ValueError, pd.errors.ParserError) as error:  # includes wrong encoding and empty
        why = str(error).strip()
        raise DataError(f"{name} can't be read as a CSV table in UTF-8: {why}") from None
    if table.empty:
        raise DataError(f"{name}: no rows")
    if not isinstance(table.index, pd.RangeIndex):  # pandas took the first fields for row names
        raise DataError(f"{name}: the rows have more fields than the header")
    return table


def _problems(table: pd.DataFrame) -> Iterator[str]:
    """Yield a line for each kind of problem, naming value and line (the header is line 1)."""
    for column in REQUIRED:
        yield from _told(table, table[column].isna(), column, "empty")
    twice = table["image_id"].duplicated(keep=False) & table["image_id"].notna()
    yield from _told(table, twice, "image_id", "not unique")
    unknown = ~table["dx"].isin(DIAGNOSES) & table["dx"].notna()
    yield from _told(table, unknown, "dx", f"unknown, expected one of {', '.join(DIAGNOSES)}")
    several = table.groupby("lesion_id")["dx"].transform("nunique") > 1
    yield from _told(table, several, "lesion_id", "one lesion with several dx")
    age = pd.to_numeric(table["age"], errors="coerce")
    odd = table["age"].notna() & ~age.between(0, OLDEST_YEARS)
    yield from _told(table, odd, "age", f"expected years from 0 to {OLDEST_YEARS} or nothing")
    ids = table["image_id"].fillna("")
    unsafe = ids.str.contains(r"[/\\\x00]", regex=True) | ids.isin([".", ".."])
    yield from _told(table, unsafe, "image_id", "not usable as a file name")


def _told(table: pd.DataFrame, offends: pd.Series, column: str, why: str) -> Iterator[str]:
    if offends.any():
        values = table.loc[offends, column].fillna("")
        places = [f"{value!r} (line {row + 2})" for row, value in values.items()]
        yield f"  {column} {why}: {listed(places)}"
