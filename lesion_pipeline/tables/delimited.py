"""The one reader of tables that users give: cells as text, each row with its line in the file."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import pandas as pd

from lesion_pipeline.core.errors import DataError, listed

SEPARATORS: Final = (",", ";", "\t")  # the most frequent one in the first row is taken
_LINE_END: Final = re.compile(r"\r\n|\r|\n")

Row = tuple[int, list[str]]  # the line on which it begins, counted from 1, and its cells


def read_delimited(path: Path, name: str) -> pd.DataFrame:
    """Read a table that has a header.

    Args:
        path: the file, as `read_rows` takes it.
        name: what errors call it.

    Returns:
        Texts, empty ones where a cell is empty. The index is the line on which a row begins; the
        first line of the file is 1.

    Raises:
        DataError: as `read_rows` and `tabulate`, or there are no rows below the header.
    """
    return headed(read_rows(path, name), name)


def headed(rows: Sequence[Row], name: str) -> pd.DataFrame:
    """Return rows, of which the first is the header, as `read_delimited` does.

    Raises:
        DataError: as `tabulate`, or there are no rows below the header.
    """
    (_, header), *rest = rows
    table = tabulate(rest, header, name)
    if table.empty:
        raise DataError(f"{name}: no rows")
    return table


def read_rows(path: Path, name: str) -> list[Row]:
    """Read the rows of a file in UTF-8, with or without a byte order mark.

    Cells are separated by commas, semicolons or tabs. Lines may end with LF, CRLF or CR, and break
    within quotes, where a break counts as a space. Rows without any content are left out. Space
    around a cell is not part of it, and accents are composed (Unicode NFC), because file systems
    differ in how they spell them.

    Args:
        path: the file.
        name: what errors call it.

    Returns:
        At least one row.

    Raises:
        DataError: the file can't be read, is empty, is not text in UTF-8 or not a table; names
            the line.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise DataError(f"{name} not found") from None
    except OSError as error:
        raise DataError(f"{name} can't be read: {error.strerror}") from None
    return parse_rows(content, name)


def parse_rows(content: bytes, name: str) -> list[Row]:
    """Return the rows of a file's bytes, as `read_rows`.

    Raises:
        DataError: as `read_rows`.
    """
    rows = list(_rows(_text(content, name), name))
    if not rows:
        raise DataError(f"{name} is empty")
    return rows


def tabulate(rows: Sequence[Row], columns: Sequence[str], name: str) -> pd.DataFrame:
    """Put rows under the names of their columns.

    Args:
        rows: any number of them.
        columns: one name for each cell of a row.
        name: what errors call the table.

    Returns:
        As `read_delimited`.

    Raises:
        DataError: a column is there twice, or a row has another number of cells; names all such
            lines.
    """
    twice = sorted({column for column in columns if column and columns.count(column) > 1})
    if twice:
        raise DataError(f"{name}: column more than once: {listed(twice)}")
    odd = [f"{len(cells)} in line {line}" for line, cells in rows if len(cells) != len(columns)]
    if odd:
        expected = f"expected {len(columns)} fields as in the first row"
        raise DataError(f"{name}: {expected}, received {listed(odd)}")
    return pd.DataFrame(
        [cells for _, cells in rows],
        index=[line for line, _ in rows],
        columns=list(columns),
        dtype="str",
    )


def _text(content: bytes, name: str) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = error.object[: error.start]
        raise DataError(
            f"{name}: byte 0x{error.object[error.start]:02x} in line "
            f"{_line(before.decode('latin-1'))} is not UTF-8; save the table as UTF-8"
        ) from None
    if "\0" in text:
        line = _line(text[: text.index("\0")])
        raise DataError(f"{name}: NUL byte in line {line}: this is not text")
    return text


def _line(before: str) -> int:
    return len(_LINE_END.findall(before)) + 1


def _rows(text: str, name: str) -> Iterator[Row]:
    first = _LINE_END.split(text.lstrip(), maxsplit=1)[0]
    separator = max(SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = 1
    try:
        for row in reader:
            cells = [_tidy(cell) for cell in row]
            if any(cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise DataError(f"{name}: line {line}: {error}") from None


def _tidy(cell: str) -> str:
    return unicodedata.normalize("NFC", _LINE_END.sub(" ", cell)).strip()
