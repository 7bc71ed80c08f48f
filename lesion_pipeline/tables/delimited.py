"""A table in a text file: its cells as they stand, each row with its line."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pandas as pd

from lesion_pipeline.core.errors import DataError, listed

SEPARATORS: Final = (",", ";", "\t")  # what comes most often in the header is the separator
_LINE_END: Final = re.compile(r"\r\n|\r|\n")


def read_delimited(path: Path, name: str) -> pd.DataFrame:
    """Read a table with a header, in UTF-8, with or without a byte order mark.

    Lines may end with LF, CRLF or CR, and break within quotes, where a break counts as a space.
    Rows without any content are left out. Space around a cell is no part of it, and accents are
    composed (Unicode NFC), because file systems differ in how they spell them.

    Args:
        path: the file.
        name: what errors call it.

    Returns:
        Texts, an empty one where nothing stands. The index is the line on which a row begins, the
        first line of the file being 1.

    Raises:
        DataError: the file can't be read, is no text in UTF-8 or no table; tells the lines.
    """
    rows = list(_rows(_text(path, name), name))
    if not rows:
        raise DataError(f"{name} is empty")
    (_, header), *rest = rows
    twice = sorted({column for column in header if column and header.count(column) > 1})
    if twice:
        raise DataError(f"{name}: column more than once: {listed(twice)}")
    if not rest:
        raise DataError(f"{name}: no rows")
    odd = [f"{len(cells)} in line {line}" for line, cells in rest if len(cells) != len(header)]
    if odd:
        raise DataError(f"{name}: expected {len(header)} fields as in the header, {listed(odd)}")
    lines, cells = zip(*rest, strict=True)
    return pd.DataFrame(list(cells), index=list(lines), columns=header, dtype="str")


def _text(path: Path, name: str) -> str:
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except FileNotFoundError:
        raise DataError(f"{name} not found") from None
    except OSError as error:
        raise DataError(f"{name} can't be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        before = error.object[: error.start]
        raise DataError(
            f"{name}: byte 0x{error.object[error.start]:02x} in line "
            f"{_line(before.decode('latin-1'))} is not UTF-8; save the table as UTF-8"
        ) from None
    if "\0" in text:
        raise DataError(f"{name}: NUL byte in line {_line(text[: text.index(chr(0))])}: no text")
    return text


def _line(before: str) -> int:
    return len(_LINE_END.findall(before)) + 1


def _rows(text: str, name: str) -> Iterator[tuple[int, list[str]]]:
    header = _LINE_END.split(text.lstrip(), maxsplit=1)[0]
    separator = max(SEPARATORS, key=header.count)
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
