"""Tables that a user gives to `split`: sides of a split, and lesions that are the same."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from lesion_pipeline.core.errors import DataError, listed

PAIR: Final = ("lesion_id_a", "lesion_id_b")  # of which also the audit's list of pairs has columns
SIDE: Final = "split"
IDS: Final = ("image_id", "lesion_id")  # one of them says whose side it is; the first wins


@dataclass(frozen=True)
class GivenTable:
    """A table and where it came from.

    Attributes:
        name: what errors call it.
        rows: strings without surrounding space, empty: ""; the index is the line in the file.
    """

    name: str
    rows: pd.DataFrame


@dataclass(frozen=True)
class Given:
    """What a user gave.

    Attributes:
        sides: columns image_id or lesion_id, and split; None: nothing.
        pairs: columns PAIR; None: nothing.
    """

    sides: GivenTable | None = None
    pairs: GivenTable | None = None


def read_given(folder: Path, sides: str | None, pairs: str | None) -> Given:
    """Read what params.yaml names.

    Args:
        folder: where the files must lie. DVC watches it, so that a changed file is noticed.
        sides: a CSV with columns image_id (or lesion_id) and split; others are left alone.
        pairs: a CSV with columns PAIR among others, or two columns without a header.

    Raises:
        DataError: a file lies elsewhere, can't be read or lacks a column.
    """
    return Given(
        sides=_sides(_open("split.file", sides, folder)) if sides else None,
        pairs=_pairs(_open("split.same_lesion_pairs", pairs, folder)) if pairs else None,
    )


def told(values: pd.Series, why: str) -> Iterator[str]:
    """Yield a line that names all `values` (index: line in the file), if there are any."""
    if len(values):
        places = [f"{value!r} (line {line})" for line, value in values.items()]
        yield f"  {values.name} {why}: {listed(places)}"


def refuse(name: str, problems: list[str]) -> None:
    """Raise a DataError of all problems, if there are any."""
    if problems:
        raise DataError("\n".join([f"{name}: {len(problems)} kinds of problem", *problems]))


def _open(key: str, name: str, folder: Path) -> GivenTable:
    path = Path(name)
    if not path.resolve().is_relative_to(folder.resolve()):
        raise DataError(
            f"{key}: expected a file in {folder}/, where DVC sees it change, received {name}"
        )
    try:
        cells = pd.read_csv(
            path, header=None, dtype=str, na_filter=False, encoding="utf-8-sig",
            skip_blank_lines=False,
        )  # fmt: skip
    except FileNotFoundError:
        raise DataError(f"{key}: {name} not found") from None
    except (OSError, ValueError, pd.errors.ParserError) as error:  # with wrong encoding and empty
        why = str(error).strip()
        raise DataError(f"{key}: {name} can't be read as a CSV table in UTF-8: {why}") from None
    cells = cells.apply(lambda column: column.str.strip())
    cells.index += 1
    return GivenTable(name, cells[(cells != "").any(axis=1)])


def _sides(table: GivenTable) -> GivenTable:
    rows = _under_header(table.rows)
    key = next((name for name in IDS if name in rows.columns), None)
    if key is None or SIDE not in rows.columns:
        raise DataError(
            f"{table.name}: expected columns image_id (or lesion_id) and split, "
            f"found {listed(rows.columns)}"
        )
    return GivenTable(table.name, rows[[key, SIDE]])


def _pairs(table: GivenTable) -> GivenTable:
    rows = table.rows
    if len(rows) and set(PAIR) <= set(rows.iloc[0]):
        rows = _under_header(rows)[list(PAIR)]
    elif rows.shape[1] == len(PAIR):
        rows = rows.set_axis(list(PAIR), axis=1)
    else:
        raise DataError(
            f"{table.name}: expected columns {listed(PAIR)}, or two columns without a header"
        )
    return GivenTable(table.name, rows)


def _under_header(rows: pd.DataFrame) -> pd.DataFrame:
    named = rows.iloc[1:].set_axis(list(rows.iloc[0]), axis=1) if len(rows) else rows
    return named.loc[:, ~named.columns.duplicated()]
