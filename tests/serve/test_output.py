import csv
import importlib.util
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lesion_pipeline.core.errors import PipelineError
from lesion_pipeline.serve import output
from lesion_pipeline.serve.output import EVERY, Format, format_of, key_of, write_rows
from lesion_pipeline.serve.predict import Row
from tests.code_deps import ROOT

COLUMNS = ("image", "probability_malignant", "predicted_label", "predicted_class", "error")
TEXT: tuple[Format, ...] = ("csv", "jsonl", "json")
COUNT = 3 * EVERY + 7


def row(number: int) -> Row:
    if number % 10 == 3:
        values = (f"{number}.jpg", None, None, None, 'bad, "truly"\nbad')
    else:
        label = int(number % 3 == 0)
        values = (f"{number}.jpg", number / 7, label, ("benign", "malignant")[label], None)
    return dict(zip(COLUMNS, values, strict=True))


ROWS = [row(number) for number in range(COUNT)]
FAILED = sum(row["error"] is not None for row in ROWS)


def rows_after(done: int) -> Iterator[Row]:
    return iter(ROWS[done:])


def interrupted_at(last: int) -> output.Rows:
    def rows(done: int) -> Iterator[Row]:
        yield from ROWS[done:last]
        raise KeyboardInterrupt

    return rows


def read(text: str, form: Format) -> list[Row]:
    if form == "csv":
        found = list(csv.DictReader(io.StringIO(text)))
        return [{name: value or None for name, value in row.items()} for row in found]
    return json.loads(text) if form == "json" else [json.loads(line) for line in text.splitlines()]


def as_text(rows: list[Row]) -> list[Row]:
    return [{k: None if v is None else str(v) for k, v in row.items()} for row in rows]


def interrupt(target: Path, form: Format, last: int, key: str = "k") -> None:
    with pytest.raises(KeyboardInterrupt):
        write_rows(target, form, COLUMNS, key, interrupted_at(last))


@pytest.mark.parametrize("form", TEXT)
def test_every_row_is_there_and_reads_back(form: Format, tmp_path: Path) -> None:
    target = tmp_path / "new" / "said"
    assert write_rows(target, form, COLUMNS, "k", rows_after) == FAILED
    assert as_text(read(target.read_text(), form)) == as_text(ROWS)
    assert [path.name for path in target.parent.iterdir()] == ["said"]


@pytest.mark.parametrize("form", TEXT)
def test_the_terminal_gets_what_a_file_gets(
    form: Format, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert write_rows(None, form, COLUMNS, "", rows_after) == FAILED
    write_rows(tmp_path / "said", form, COLUMNS, "", rows_after)
    assert capsys.readouterr().out == (tmp_path / "said").read_text()


@pytest.mark.parametrize(("form", "text"), [("csv", ",".join(COLUMNS) + "\n"), ("jsonl", "")])
def test_no_rows(form: Format, text: str, tmp_path: Path) -> None:
    assert write_rows(tmp_path / "said", form, COLUMNS, "k", lambda done: iter(())) == 0
    assert (tmp_path / "said").read_text() == text


@pytest.mark.parametrize("form", TEXT)
@pytest.mark.parametrize("last", [0, 1, EVERY, 2 * EVERY + 5])
def test_an_interrupted_output_goes_on_and_ends_in_the_same_bytes(
    form: Format, last: int, tmp_path: Path
) -> None:
    write_rows(tmp_path / "straight", form, COLUMNS, "k", rows_after)
    target = tmp_path / "said"
    target.write_text("of an earlier run")
    interrupt(target, form, last)
    assert target.read_text() == "of an earlier run"
    starts = []

    def rows(done: int) -> Iterator[Row]:
        starts.append(done)
        return rows_after(done)

    assert write_rows(target, form, COLUMNS, "k", rows) == FAILED
    assert starts == [last]
    assert target.read_bytes() == (tmp_path / "straight").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["said", "straight"]


def test_what_was_not_brought_to_the_disk_is_made_again(tmp_path: Path) -> None:
    """As after a power cut: the note says less than the file holds, whose end is torn."""
    target = tmp_path / "said.csv"
    interrupt(target, "csv", EVERY)
    state = (tmp_path / "said.csv.state.partial").read_bytes()
    interrupt(target, "csv", EVERY + 20)
    (tmp_path / "said.csv.state.partial").write_bytes(state)
    partial = tmp_path / "said.csv.partial"
    partial.write_bytes(partial.read_bytes()[:-3])
    assert write_rows(target, "csv", COLUMNS, "k", rows_after) == FAILED
    assert as_text(read(target.read_text(), "csv")) == as_text(ROWS)


def test_what_was_done_is_noted_on_the_way(tmp_path: Path) -> None:
    """So that `kill -9` loses little."""

    def rows(done: int) -> Iterator[Row]:
        yield from ROWS[: EVERY + 1]
        state = json.loads((tmp_path / "said.csv.state.partial").read_text())
        assert state["rows"] == EVERY
        written = (tmp_path / "said.csv.partial").read_bytes()[: state["size"]]
        assert as_text(read(written.decode(), "csv")) == as_text(ROWS[:EVERY])
        yield from ROWS[EVERY + 1 :]

    assert write_rows(tmp_path / "said.csv", "csv", COLUMNS, "k", rows) == FAILED


def test_whatever_lies_after_what_was_noted_is_cut_off(tmp_path: Path) -> None:
    target, partial = tmp_path / "said.csv", tmp_path / "said.csv.partial"
    interrupt(target, "csv", 50)
    partial.write_bytes(partial.read_bytes() + b"torn\n" * 9999)
    write_rows(target, "csv", COLUMNS, "k", rows_after)
    assert as_text(read(target.read_text(), "csv")) == as_text(ROWS)


@pytest.mark.parametrize("spoil", ["key", "state", "shorter", "gone"])
def test_what_does_not_fit_is_started_anew(spoil: str, tmp_path: Path) -> None:
    target, partial = tmp_path / "said.csv", tmp_path / "said.csv.partial"
    interrupt(target, "csv", 50, key="other" if spoil == "key" else "k")
    if spoil == "state":
        (tmp_path / "said.csv.state.partial").write_text('{"rows": 50}')
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
    write_rows(tmp_path / "said", "jsonl", ("image", "error"), "k",
               lambda done: iter([{"image": name, "error": None}]))  # fmt: skip
    assert "dcff.jpg" in (tmp_path / "said").read_text(encoding="utf-8")


def test_the_key_follows_bytes_names_and_facts(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "model").write_bytes(b"1")
    images = [tmp_path / "1.jpg", tmp_path / "2.jpg", Path("no\0name")]
    images[0].write_bytes(b"1")
    key = key_of(tmp_path / "a", images, ("csv", 1))
    assert key == key_of(tmp_path / "a", images, ("csv", 1))
    others = [
        key_of(tmp_path / "a", images, ("csv", 4)),
        key_of(tmp_path / "a", images[::-1], ("csv", 1)),
        key_of(tmp_path / "a" / "model", images, ("csv", 1)),
    ]
    images[1].write_bytes(b"there now")
    others.append(key_of(tmp_path / "a", images, ("csv", 1)))
    os.utime(images[0], (1, 1))
    others.append(key_of(tmp_path / "a", images, ("csv", 1)))
    images[0].write_bytes(b"12")
    os.utime(images[0], (1, 1))
    others.append(key_of(tmp_path / "a", images, ("csv", 1)))
    (tmp_path / "a" / "model").write_bytes(b"2")
    others.append(key_of(tmp_path / "a", images, ("csv", 1)))
    assert len({key, *others}) == 1 + len(others)


@pytest.mark.parametrize(
    ("target", "asked", "form"),
    [
        (None, None, "csv"), (None, "jsonl", "jsonl"), ("a.JSON", None, "json"),
        ("a.jsonl", None, "jsonl"), ("a.txt", "csv", "csv"), ("a.json", "csv", "csv"),
    ],
)  # fmt: skip
def test_the_format_by_option_or_ending(
    target: str | None, asked: Format | None, form: Format
) -> None:
    assert format_of(Path(target) if target else None, asked) == form


@pytest.mark.parametrize(
    ("target", "asked", "message"),
    [
        ("a.txt", None, "--output: a.txt: expected an ending of .csv, .json, .jsonl, .parquet, "
         "or --format"),
        (".", None, "--output: expected a file, received the folder ."),
        ("/dev/null", "csv", "--output: expected a file, received /dev/null, which is none"),
        (None, "parquet", "--format parquet: expected --output, received nothing"),
    ],
)  # fmt: skip
def test_a_format_that_cannot_be(target: str | None, asked: Format | None, message: str) -> None:
    with pytest.raises(PipelineError) as caught:
        format_of(Path(target) if target else None, asked)
    assert str(caught.value) == message


@pytest.mark.skipif(importlib.util.find_spec("pyarrow") is not None, reason="pyarrow is here")
def test_parquet_without_its_package_says_what_to_install() -> None:
    with pytest.raises(PipelineError, match=r"pyarrow, which isn't installed: pip install pyarrow"):
        format_of(Path("a.parquet"), None)


def test_parquet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    monkeypatch.setattr(output, "GROUP", 100)
    target = tmp_path / "said.parquet"
    assert write_rows(target, format_of(target, None), COLUMNS, "k", rows_after) == FAILED
    table = parquet.read_table(target)
    assert table.to_pylist() == ROWS
    assert parquet.ParquetFile(target).num_row_groups == -(-COUNT // 100)
    assert [str(kind) for kind in table.schema.types] == [
        "string", "double", "int64", "string", "string"
    ]  # fmt: skip


def test_parquet_of_odd_rows(tmp_path: Path) -> None:
    """None at all; a name that is no UTF-8; rows that end in an error."""
    parquet = pytest.importorskip("pyarrow.parquet")
    target = tmp_path / "said.parquet"
    assert write_rows(target, "parquet", COLUMNS, "k", lambda done: iter(())) == 0
    assert parquet.read_table(target).to_pylist() == []
    odd = ROWS[0] | {"image": os.fsdecode(b"\xff.jpg")}
    write_rows(target, "parquet", COLUMNS, "k", lambda done: iter([odd]))
    assert parquet.read_table(target).to_pylist() == [ROWS[0] | {"image": "\\udcff.jpg"}]
    with pytest.raises(KeyboardInterrupt):
        write_rows(target, "parquet", COLUMNS, "k", interrupted_at(5))
    assert [path.name for path in tmp_path.iterdir()] == ["said.parquet"]
    assert len(parquet.read_table(target)) == 1


def test_parquet_to_where_nothing_can_be_written_fails_before_anything_is_predicted(
    tmp_path: Path,
) -> None:
    pytest.importorskip("pyarrow.parquet")
    (tmp_path / "file").touch()
    asked: list[int] = []

    def rows(done: int) -> Iterator[Row]:
        asked.append(done)
        yield from ROWS

    with pytest.raises(OSError, match="file"):
        write_rows(tmp_path / "file" / "said.parquet", "parquet", COLUMNS, "k", rows)
    assert asked == []
