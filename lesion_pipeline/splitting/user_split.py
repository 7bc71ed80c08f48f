"""Tables that a user gives to the stage split: a division, and lesions that are the same."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from lesion_pipeline.core.errors import DataError, listed
from lesion_pipeline.tables.delimited import headed, read_rows, tabulate

PAIR: Final = ("lesion_id_a", "lesion_id_b")  # the audit's list of pairs has these columns too
SIDE: Final = "split"
IDS: Final = ("image_id", "lesion_id")  # one of them is needed; the first that is there is used


@dataclass(frozen=True)
class UserTable:
    """A table and where it came from.

    Attributes:
        name: what errors call it.
        rows: texts without surrounding space, empty ones where a cell is empty; the index is the
            line in the file.
    """

    name: str
    rows: pd.DataFrame


@dataclass(frozen=True)
class UserSplit:
    """The tables that a user gave.

    Attributes:
        sides: columns image_id or lesion_id, and split; None: not given.
        pairs: columns PAIR; None: not given.
    """

    sides: UserTable | None = None
    pairs: UserTable | None = None


def read_user_split(folder: Path, sides: str | None, pairs: str | None) -> UserSplit:
    """Read the tables that params.yaml names.

    Args:
        folder: where the files must lie. DVC watches it, so that a changed file is noticed.
        sides: a file with the columns image_id (or lesion_id) and split; others are ignored.
        pairs: a file with the columns PAIR among others, or with two columns and no header.

    Raises:
        DataError: a file lies elsewhere, can't be read or lacks a column.
    """
    return UserSplit(
        sides=_sides(_watched("split.file", sides, folder)) if sides else None,
        pairs=_pairs(_watched("split.same_lesion_pairs", pairs, folder)) if pairs else None,
    )


def _watched(key: str, file: str, folder: Path) -> tuple[Path, str]:
    """Return the path of a file and what errors call it."""
    path = Path(file)
    if not path.resolve().is_relative_to(folder.resolve()):
        raise DataError(
            f"{key}: expected a file in {folder}/, where DVC sees it change, received {file}"
        )
    return path, f"{key}: {file}"


def _sides(source: tuple[Path, str]) -> UserTable:
    path, name = source
    rows = headed(read_rows(path, name), name)
    key = next((column for column in IDS if column in rows.columns), None)
    if key is None or SIDE not in rows.columns:
        raise DataError(
            f"{name}: expected columns image_id (or lesion_id) and split, "
            f"found {listed(rows.columns)}"
        )
    return UserTable(name, rows[[key, SIDE]])


def _pairs(source: tuple[Path, str]) -> UserTable:
    path, name = source
    rows = read_rows(path, name)
    _, first = rows[0]
    if set(PAIR) <= set(first):
        return UserTable(name, tabulate(rows[1:], first, name)[list(PAIR)])
    if len(first) != len(PAIR):
        raise DataError(f"{name}: expected columns {listed(PAIR)}, or two columns without a header")
    return UserTable(name, tabulate(rows, PAIR, name))
