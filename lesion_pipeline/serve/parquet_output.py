"""Predictions as Parquet: nothing resumes, because a Parquet file has its index at the end."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Final

from lesion_pipeline.core.files import whole_file
from lesion_pipeline.serve.predict import IMAGE, LABEL
from lesion_pipeline.serve.rows import RowCounts, RowsAfter, utf_8

GROUP: Final = 4096  # rows that are written at a time


def write_parquet(target: Path, columns: Sequence[str], rows: RowsAfter) -> RowCounts:
    """Write rows to a file that appears once it is complete.

    Returns:
        The counts of the rows.
    """
    import pyarrow
    import pyarrow.parquet

    schema = pyarrow.schema([(name, _type(pyarrow, name)) for name in columns])
    counts, left = RowCounts(), rows(0)
    with whole_file(target) as partial, pyarrow.parquet.ParquetWriter(partial, schema) as writer:
        while group := [row | {IMAGE: utf_8(row[IMAGE])} for row in islice(left, GROUP)]:
            writer.write_table(pyarrow.Table.from_pylist(group, schema))
            for row in group:
                counts.add(row)
    return counts


def _type(pyarrow: Any, column: str) -> Any:
    if column == LABEL:
        return pyarrow.int64()
    number = column == "threshold" or "probability" in column
    return pyarrow.float64() if number else pyarrow.string()
