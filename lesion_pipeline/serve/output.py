"""Where predictions go: CSV, JSON lines, JSON or Parquet; a long output goes on where it stopped.

Text is written as rows come, into OUTPUT.partial; now and then it is brought to the disk, and
OUTPUT.state.partial notes how far it reaches. What lies after that is made again. The finished
file replaces what stood at OUTPUT.
"""

import csv
import hashlib
import io
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal, get_args

from lesion_pipeline.core.errors import DataError, PipelineError
from lesion_pipeline.core.files import PARTIAL, read_json, whole_file, write_json
from lesion_pipeline.serve.predict import ERROR, IMAGE, Row

Format = Literal["csv", "json", "jsonl", "parquet"]
FORMATS: Final[tuple[Format, ...]] = get_args(Format)
EVERY: Final = 64  # rows between two notes of how far it got
GROUP: Final = 4096  # rows of a Parquet file written at a time


def format_of(target: Path | None, asked: Format | None) -> Format:
    """Choose a format: what was asked for, else by the ending of the file; CSV for the terminal.

    Raises:
        PipelineError: an ending without a format; a folder instead of a file; Parquet to the
            terminal, or without the package that writes it.
    """
    if target is not None and target.is_dir():
        raise PipelineError(f"--output: expected a file, received the folder {target}")
    if target is not None and target.exists() and not target.is_file():
        raise PipelineError(f"--output: expected a file, received {target}, which is none")
    if asked is None:
        asked = "csv" if target is None else _by_ending(target)
    if asked == "parquet":
        _parquet_can_be_written(target)
    return asked


def _by_ending(target: Path) -> Format:
    for form in FORMATS:
        if target.suffix.lower() == f".{form}":
            return form
    endings = ", ".join(f".{form}" for form in FORMATS)
    raise PipelineError(f"--output: {target}: expected an ending of {endings}, or --format")


def _parquet_can_be_written(target: Path | None) -> None:
    if target is None:
        raise PipelineError("--format parquet: expected --output, received nothing")
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError:
        raise PipelineError(
            "--format parquet needs the package pyarrow, which isn't installed: pip install pyarrow"
        ) from None


def key_of(source: Path, images: Sequence[Path], facts: Sequence[object]) -> str:
    """Give a word that changes with what rows depend on.

    Args:
        source: a file or folder: its bytes count.
        images: their names, sizes and times count.
        facts: what else counts.
    """
    digest = hashlib.sha256(repr([facts, *map(_stamp, images)]).encode())
    files = sorted(source.rglob("*")) if source.is_dir() else [source]
    for file in files:
        if file.is_file():
            digest.update(repr(file.relative_to(source)).encode())
            with file.open("rb") as content:
                digest.update(hashlib.file_digest(content, "sha256").digest())
    return digest.hexdigest()


def _stamp(image: Path) -> tuple[str, int, int]:
    try:
        found = image.stat()
    except (OSError, ValueError):  # it gets a row with its error
        return str(image), -1, -1
    return str(image), found.st_size, found.st_mtime_ns


# From how many rows are there already to the rows after them.
Rows = Callable[[int], Iterator[Row]]


def write_rows(
    target: Path | None, form: Format, columns: Sequence[str], key: str, rows: Rows
) -> int:
    """Write rows as they come, to a file or to the terminal.

    Args:
        target: the file; None: the terminal.
        form: the format, as `format_of` chose it.
        columns: the names of the columns.
        key: what the rows depend on, in one word: a partial file under another key is not
            continued.
        rows: gives the rows that are still to be made.

    Returns:
        how many rows hold an error, those of an earlier, interrupted run included.
    """
    if form == "parquet" and target is not None:
        return _write_parquet(target, columns, rows)
    text = _text(form, columns)
    return _print(text, rows) if target is None else _write_text(target, text, key, rows)


@dataclass(frozen=True)
class _Text:
    """How rows are spelled: what comes before them, between two, after them."""

    head: str
    between: str
    tail: str
    row: Callable[[Row], str]


@dataclass
class _Done:
    """What lies whole in a partial file."""

    key: str
    rows: int = 0
    failed: int = 0
    size: int = 0  # bytes

    def count(self, row: Row, line: bytes) -> None:
        self.rows += 1
        self.failed += row[ERROR] is not None
        self.size += len(line)


def _text(form: Format, columns: Sequence[str]) -> _Text:
    if form == "csv":
        return _Text(_csv(columns), "", "", lambda row: _csv([row[name] for name in columns]))
    if form == "jsonl":
        return _Text("", "", "", lambda row: _json(row) + "\n")
    return _Text("[\n", ",\n", "\n]\n", _json)


def _csv(values: Sequence[Any]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(values)
    return line.getvalue()


def _json(row: Row) -> str:
    return json.dumps(row, ensure_ascii=False, allow_nan=False)


def _print(text: _Text, rows: Rows) -> int:
    done, stream = _Done(""), sys.stdout.buffer  # UTF-8, whatever the terminal takes
    stream.write(text.head.encode())
    for row in rows(0):
        line = _spelled(text, row, done)
        stream.write(line)
        done.count(row, line)
    stream.write(text.tail.encode())
    stream.flush()
    return done.failed


def _write_text(target: Path, text: _Text, key: str, rows: Rows) -> int:
    target.parent.mkdir(parents=True, exist_ok=True)
    partial, state = (target.with_name(target.name + end) for end in (PARTIAL, ".state" + PARTIAL))
    done = _noted(partial, state, key)
    with partial.open("r+b" if done.size else "wb") as stream:
        stream.truncate(done.size)
        stream.seek(done.size)
        if not done.size:
            done.size = stream.write(text.head.encode())
        try:
            for row in rows(done.rows):
                line = _spelled(text, row, done)
                stream.write(line)
                done.count(row, line)
                if done.rows % EVERY == 0:
                    _note(stream, state, done)
        finally:
            _note(stream, state, done)
        stream.write(text.tail.encode())
    partial.replace(target)
    state.unlink()
    return done.failed


def _spelled(text: _Text, row: Row, done: _Done) -> bytes:
    return _utf_8((text.between if done.rows else "") + text.row(row))


def _utf_8(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")  # a file name may hold bytes that are none


def _note(stream: BinaryIO, state: Path, done: _Done) -> None:
    stream.flush()
    os.fsync(stream.fileno())
    write_json(state, asdict(done))


def _noted(partial: Path, state: Path, key: str) -> _Done:
    try:
        done = _Done(**read_json(state))
        if done.key == key and partial.stat().st_size >= done.size:
            return done
    except (DataError, TypeError, OSError):
        pass  # nothing there, or nothing to go by
    return _Done(key)


def _write_parquet(target: Path, columns: Sequence[str], rows: Rows) -> int:
    import pyarrow
    import pyarrow.parquet

    kinds = {"predicted_label": pyarrow.int64(), "threshold": pyarrow.float64()}
    schema = pyarrow.schema(
        (name, kinds.get(name, pyarrow.float64() if "probability" in name else pyarrow.string()))
        for name in columns
    )
    failed, left = 0, rows(0)
    with whole_file(target) as partial, pyarrow.parquet.ParquetWriter(partial, schema) as writer:
        while part := [row | {IMAGE: _utf_8(row[IMAGE])} for row in islice(left, GROUP)]:
            writer.write_table(pyarrow.Table.from_pylist(part, schema))
            failed += sum(row[ERROR] is not None for row in part)
    return failed
