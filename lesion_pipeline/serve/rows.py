"""The rows of an output, as what they are written from needs them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lesion_pipeline.core.listing import counted
from lesion_pipeline.serve.predict import ERROR, LABEL, Row

# From the number of rows that are written already to the rows after them.
RowsAfter = Callable[[int], Iterator[Row]]


@dataclass
class RowCounts:
    """What rows amount to.

    Attributes:
        rows: how many.
        failed: how many of them hold an error.
        malignant: how many are called malignant.
    """

    rows: int = 0
    failed: int = 0
    malignant: int = 0

    def add(self, row: Row) -> None:
        """Count one more row."""
        self.rows += 1
        self.failed += row[ERROR] is not None
        self.malignant += row.get(LABEL) == 1

    def text(self, threshold: float | None) -> str:
        """Return the counts as a line."""
        predicted = self.rows - self.failed
        decided = ""
        if threshold is not None:
            benign = predicted - self.malignant
            decided = f" ({self.malignant} malignant, {benign} benign at threshold {threshold:.6g})"
        return f"{counted(predicted, 'image')} predicted{decided}, {self.failed} failed"


def utf_8(text: str) -> bytes:
    """Encode text; a file name may hold bytes that aren't UTF-8, which are escaped."""
    return text.encode("utf-8", "backslashreplace")
