"""Predictions as Parquet."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from lesion_pipeline.serve import parquet_output
from lesion_pipeline.serve.output import choose_format, write_rows
from lesion_pipeline.serve.predict import Row
from tests.serve.predicted_rows import COLUMNS, COUNT, FAILED, ROWS, interrupted_at, rows_after


def test_parquet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    monkeypatch.setattr(parquet_output, "GROUP", 100)
    target = tmp_path / "predicted.parquet"
    assert (
        write_rows(target, choose_format(target, None), COLUMNS, "k", rows_after).failed == FAILED
    )
    table = parquet.read_table(target)
    assert table.to_pylist() == ROWS
    assert parquet.ParquetFile(target).num_row_groups == -(-COUNT // 100)
    assert [str(column) for column in table.schema.types] == [
        "string", "double", "int64", "string", "string"
    ]  # fmt: skip


def test_parquet_of_odd_rows(tmp_path: Path) -> None:
    """None at all; a name that is no UTF-8; rows that end in an error."""
    parquet = pytest.importorskip("pyarrow.parquet")
    target = tmp_path / "predicted.parquet"
    assert write_rows(target, "parquet", COLUMNS, "k", lambda done: iter(())).rows == 0
    assert parquet.read_table(target).to_pylist() == []
    odd = ROWS[0] | {"image": os.fsdecode(b"\xff.jpg")}
    write_rows(target, "parquet", COLUMNS, "k", lambda done: iter([odd]))
    assert parquet.read_table(target).to_pylist() == [ROWS[0] | {"image": "\\udcff.jpg"}]
    with pytest.raises(KeyboardInterrupt):
        write_rows(target, "parquet", COLUMNS, "k", interrupted_at(5))
    assert [path.name for path in tmp_path.iterdir()] == ["predicted.parquet"]
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
        write_rows(tmp_path / "file" / "predicted.parquet", "parquet", COLUMNS, "k", rows)
    assert asked == []
