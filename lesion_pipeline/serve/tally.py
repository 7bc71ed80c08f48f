"""What is told after the rows: which files failed, and what may look like a contradiction."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Final

from lesion_pipeline.core.listing import counted
from lesion_pipeline.serve.predict import DIAGNOSIS, ERROR, IMAGE, LABEL, Row

SHOWN: Final = 20  # failures that are told one by one


@dataclass
class Tally:
    """What of the rows of a run is worth a word.

    Attributes:
        malignant: the diagnoses that count as malignant.
        failures: a line for each row with an error.
        differing: rows whose most probable diagnosis isn't of the predicted class.
    """

    malignant: Collection[str]
    failures: list[str] = field(default_factory=list)
    differing: int = 0

    def watch(self, rows: Iterator[Row]) -> Iterator[Row]:
        """Yield the rows, keeping what is worth a word."""
        for row in rows:
            if row[ERROR] is not None:
                self.failures.append(f"{row[IMAGE]}: {row[ERROR]}")
            self.differing += self._differs(row)
            yield row

    def _differs(self, row: Row) -> bool:
        diagnosis, label = row.get(DIAGNOSIS), row.get(LABEL)
        return None not in (diagnosis, label) and (diagnosis in self.malignant) != bool(label)

    def failed(self) -> list[str]:
        """Return a line for each failure, but for those beyond SHOWN, which are counted."""
        more = len(self.failures) - SHOWN
        rest = [f"and {counted(more, 'other')}: see the column {ERROR}"] if more > 0 else []
        return [*self.failures[:SHOWN], *rest]

    def note(self) -> str:
        """Explain rows whose diagnosis isn't of the predicted class; empty if there are none."""
        if not self.differing:
            return ""
        return (
            f"note: {counted(self.differing, 'image')} with a predicted class that isn't that of "
            "the most probable diagnosis: the class depends on whether the probabilities of "
            f"{', '.join(self.malignant)} together reach the threshold, not on which diagnosis is "
            "most probable"
        )
