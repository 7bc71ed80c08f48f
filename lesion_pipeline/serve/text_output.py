"""Predictions as text; a long output that was interrupted resumes.

Rows are written as they come, into OUTPUT.partial; now and then they are flushed to the disk, and
OUTPUT.state.partial records how far that is. What lies after it is written again. The finished file
replaces OUTPUT.
"""

import csv
import io
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.files import PARTIAL, read_json, write_json
from lesion_pipeline.serve.predict import Row
from lesion_pipeline.serve.rows import RowCounts, RowsAfter, utf_8

EVERY: Final = 64  # rows between two records of the state


@dataclass(frozen=True)
class TextFormat:
    """The text before all rows, between two of them, after them, and of one."""

    head: str
    between: str
    tail: str
    row: Callable[[Row], str]


def text_format(form: str, columns: Sequence[str]) -> TextFormat:
    """Return how rows with these columns are written as csv, jsonl or json."""
    if form == "csv":
        return TextFormat(_csv(columns), "", "", lambda row: _csv([row[name] for name in columns]))
    if form == "jsonl":
        return TextFormat("", "", "", lambda row: _json(row) + "\n")
    return TextFormat("[\n", ",\n", "\n]\n", _json)


def _csv(values: Sequence[Any]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(values)
    return line.getvalue()


def _json(row: Row) -> str:
    return json.dumps(row, ensure_ascii=False, allow_nan=False)


@dataclass
class WrittenRows(RowCounts):
    """The rows that are written completely.

    Attributes:
        key: what they depend on.
        size: bytes, what comes before the first row included.
    """

    key: str = ""
    size: int = 0

    def write(self, stream: BinaryIO, text: TextFormat, row: Row) -> None:
        """Write one more row."""
        line = utf_8((text.between if self.rows else "") + text.row(row))
        stream.write(line)
        self.add(row)
        self.size += len(line)


def print_text(text: TextFormat, rows: RowsAfter) -> RowCounts:
    """Write rows to the terminal as UTF-8, whatever its encoding; return their counts."""
    written, stream = WrittenRows(), sys.stdout.buffer
    stream.write(text.head.encode())
    for row in rows(0):
        written.write(stream, text, row)
    stream.write(text.tail.encode())
    stream.flush()
    return written


def write_text(target: Path, text: TextFormat, key: str, rows: RowsAfter) -> RowCounts:
    """Write rows to a file, after those of an interrupted run; return the counts of both."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial, state = (target.with_name(target.name + end) for end in (PARTIAL, ".state" + PARTIAL))
    written = _written(partial, state, key)
    with partial.open("r+b" if written.size else "wb") as stream:
        stream.truncate(written.size)
        stream.seek(written.size)
        if not written.size:
            written.size = stream.write(text.head.encode())
        try:
            for row in rows(written.rows):
                written.write(stream, text, row)
                if written.rows % EVERY == 0:
                    _record(stream, state, written)
        finally:
            _record(stream, state, written)
        stream.write(text.tail.encode())
    partial.replace(target)
    state.unlink()
    return written


def _record(stream: BinaryIO, state: Path, written: WrittenRows) -> None:
    stream.flush()
    os.fsync(stream.fileno())
    write_json(state, asdict(written))


def _written(partial: Path, state: Path, key: str) -> WrittenRows:
    try:
        written = WrittenRows(**read_json(state))
        if written.key == key and partial.stat().st_size >= written.size:
            return written
    except (DataError, TypeError, OSError):
        pass  # no interrupted run, or no usable record of it
    return WrittenRows(key=key)
