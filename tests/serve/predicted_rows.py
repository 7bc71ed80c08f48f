"""Rows of predictions, some with an error, and how an output of them is interrupted."""

from collections.abc import Iterator

from lesion_pipeline.serve.predict import Row
from lesion_pipeline.serve.rows import RowsAfter
from lesion_pipeline.serve.text_output import EVERY

COLUMNS = ("image", "probability_malignant", "predicted_label", "predicted_class", "error")
COUNT = 3 * EVERY + 7


def row(number: int) -> Row:
    """Return a row; every tenth holds an error."""
    if number % 10 == 3:
        values = (f"{number}.jpg", None, None, None, 'bad, "truly"\nbad')
    else:
        label = int(number % 3 == 0)
        values = (f"{number}.jpg", number / 7, label, ("benign", "malignant")[label], None)
    return dict(zip(COLUMNS, values, strict=True))


ROWS = [row(number) for number in range(COUNT)]
FAILED = sum(row["error"] is not None for row in ROWS)
CALLED = sum(row["predicted_label"] == 1 for row in ROWS)  # malignant


def rows_after(done: int) -> Iterator[Row]:
    """Return the rows after those that are written."""
    return iter(ROWS[done:])


def interrupted_at(last: int) -> RowsAfter:
    """Return rows of which the user interrupts the one at `last`."""

    def rows(done: int) -> Iterator[Row]:
        yield from ROWS[done:last]
        raise KeyboardInterrupt

    return rows
