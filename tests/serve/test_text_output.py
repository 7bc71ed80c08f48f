"""Predictions as text, and how an interrupted output resumes."""

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lesion_pipeline.serve.output import OutputFormat, write_rows
from lesion_pipeline.serve.predict import Row
from lesion_pipeline.serve.text_output import EVERY
from tests.code_deps import ROOT
from tests.serve.predicted_rows import (
    CALLED,
    COLUMNS,
    COUNT,
    FAILED,
    ROWS,
    interrupted_at,
    rows_after,
)

TEXT: tuple[OutputFormat, ...] = ("csv", "jsonl", "json")


def read(text: str, form: OutputFormat) -> list[Row]:
    if form == "csv":
        found = list(csv.DictReader(io.StringIO(text)))
        return [{name: value or None for name, value in row.items()} for row in found]
    return json.loads(text) if form == "json" else [json.loads(line) for line in text.splitlines()]


def as_text(rows: list[Row]) -> list[Row]:
    return [{k: None if v is None else str(v) for k, v in row.items()} for row in rows]


def interrupt(target: Path, form: OutputFormat, last: int, key: str = "k") -> None:
    with pytest.raises(KeyboardInterrupt):
        write_rows(target, form, COLUMNS, key, interrupted_at(last))


@pytest.mark.parametrize("form", TEXT)
def test_every_row_is_there_and_reads_back(form: OutputFormat, tmp_path: Path) -> None:
    target = tmp_path / "new" / "predicted"
    assert write_rows(target, form, COLUMNS, "k", rows_after).failed == FAILED
    assert as_text(read(target.read_text(), form)) == as_text(ROWS)
    assert [path.name for path in target.parent.iterdir()] == ["predicted"]


@pytest.mark.parametrize("form", TEXT)
def test_the_terminal_gets_what_a_file_gets(
    form: OutputFormat, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert write_rows(None, form, COLUMNS, "", rows_after).failed == FAILED
    write_rows(tmp_path / "predicted", form, COLUMNS, "", rows_after)
    assert capsys.readouterr().out == (tmp_path / "predicted").read_text()


@pytest.mark.parametrize(("form", "text"), [("csv", ",".join(COLUMNS) + "\n"), ("jsonl", "")])
def test_no_rows(form: OutputFormat, text: str, tmp_path: Path) -> None:
    counts = write_rows(tmp_path / "predicted", form, COLUMNS, "k", lambda done: iter(()))
    assert (counts.rows, counts.failed, counts.malignant) == (0, 0, 0)
    assert (tmp_path / "predicted").read_text() == text


@pytest.mark.parametrize("form", TEXT)
@pytest.mark.parametrize("last", [0, 1, EVERY, 2 * EVERY + 5])
def test_an_interrupted_output_resumes_and_ends_in_the_same_bytes(
    form: OutputFormat, last: int, tmp_path: Path
) -> None:
    write_rows(tmp_path / "straight", form, COLUMNS, "k", rows_after)
    target = tmp_path / "predicted"
    target.write_text("of an earlier run")
    interrupt(target, form, last)
    assert target.read_text() == "of an earlier run"
    starts = []

    def rows(done: int) -> Iterator[Row]:
        starts.append(done)
        return rows_after(done)

    counts = write_rows(target, form, COLUMNS, "k", rows)
    assert (counts.rows, counts.failed, counts.malignant) == (COUNT, FAILED, CALLED)
    assert starts == [last]
    assert target.read_bytes() == (tmp_path / "straight").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["predicted", "straight"]


def test_what_was_not_flushed_to_the_disk_is_written_again(tmp_path: Path) -> None:
    """As after a power cut: less is recorded than the file holds, whose end is torn."""
    target = tmp_path / "predicted.csv"
    interrupt(target, "csv", EVERY)
    state = (tmp_path / "predicted.csv.state.partial").read_bytes()
    interrupt(target, "csv", EVERY + 20)
    (tmp_path / "predicted.csv.state.partial").write_bytes(state)
    partial = tmp_path / "predicted.csv.partial"
    partial.write_bytes(partial.read_bytes()[:-3])
    assert write_rows(target, "csv", COLUMNS, "k", rows_after).failed == FAILED
    assert as_text(read(target.read_text(), "csv")) == as_text(ROWS)


def test_the_state_is_recorded_on_the_way(tmp_path: Path) -> None:
    """So that `kill -9` loses little."""

    def rows(done: int) -> Iterator[Row]:
        yield from ROWS[: EVERY + 1]
        state = json.loads((tmp_path / "predicted.csv.state.partial").read_text())
        assert state["rows"] == EVERY
        written = (tmp_path / "predicted.csv.partial").read_bytes()[: state["size"]]
        assert as_text(read(written.decode(), "csv")) == as_text(ROWS[:EVERY])
        yield from ROWS[EVERY + 1 :]

    assert write_rows(tmp_path / "predicted.csv", "csv", COLUMNS, "k", rows).failed == FAILED


def test_whatever_lies_after_the_recorded_size_is_cut_off(tmp_path: Path) -> None:
    target, partial = tmp_path / "predicted.csv", tmp_path / "predicted.csv.partial"
    interrupt(target, "csv", 50)
    partial.write_bytes(partial.read_bytes() + b"torn\n" * 9999)
    write_rows(target, "csv", COLUMNS, "k", rows_after)
    assert as_text(read(target.read_text(), "csv")) == as_text(ROWS)


@pytest.mark.parametrize("spoil", ["key", "state", "shorter", "gone"])
def test_what_does_not_fit_is_started_again(spoil: str, tmp_path: Path) -> None:
    target, partial = tmp_path / "predicted.csv", tmp_path / "predicted.csv.partial"
    interrupt(target, "csv", 50, key="other" if spoil == "key" else "k")
    if spoil == "state":
        (tmp_path / "predicted.csv.state.partial").write_text('{"rows": 50}')
    elif spoil == "shorter":
        partial.write_bytes(partial.read_bytes()[:-3])
    elif spoil == "gone":
        partial.unlink()
    starts = []

    def rows(done: int) -> Iterator[Row]:
        starts.append(done)
        return rows_after(done)

    write_rows(target, "csv", COLUMNS, "k", rows)
    assert starts == [0]
    assert as_text(read(target.read_text(), "csv")) == as_text(ROWS)


def test_the_terminal_gets_utf_8_whatever_it_takes() -> None:
    script = (
        "from lesion_pipeline.serve.output import write_rows\n"
        "row = {'image': 'ä.jpg', 'error': None}\n"
        "write_rows(None, 'csv', tuple(row), '', lambda done: iter([row]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, check=True,
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert done.stdout == "image,error\nä.jpg,\n".encode()


def test_a_name_that_is_no_utf_8(tmp_path: Path) -> None:
    name = os.fsdecode(b"\xff.jpg")
    write_rows(tmp_path / "predicted", "jsonl", ("image", "error"), "k",
               lambda done: iter([{"image": name, "error": None}]))  # fmt: skip
    assert "dcff.jpg" in (tmp_path / "predicted").read_text(encoding="utf-8")
