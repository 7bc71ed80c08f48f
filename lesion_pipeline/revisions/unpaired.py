"""Two revisions whose predictions can't be compared: what git's metrics say of both."""

from dataclasses import dataclass
from typing import Any, Final, Self

import pandas as pd

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.revisions.read import (
    WORKSPACE,
    MissingFileError,
    Revision,
    RevisionPaths,
    metrics_diff,
)
from lesion_pipeline.text_table import plain

NO_VERDICT: Final = "These metrics are from git, not paired: no intervals, no verdict."
_NEXT: Final = (
    "Next: get the data of {0} by `dvc fetch`, if a remote has them. Else build and commit a "
    "baseline of your own (`git switch --detach {0}`, `dvc repro`, `git add -A`, `git commit`) and "
    "compare with that commit: another processor or other libraries may give other bytes."
)
_NEXT_HERE: Final = "Next: `dvc repro`, which builds what the working tree lacks."


@dataclass(frozen=True)
class Unpaired:
    """Why two revisions could not be compared, and their metrics.

    Attributes:
        first: name of the revision to compare with.
        second: name of the other.
        reason: why their predictions were not compared.
        next_step: what the user can do about it; empty if the reason states it.
        metrics: one row per number: name, first, second; see read.metrics_diff.
    """

    first: str
    second: str
    reason: str
    next_step: str
    metrics: pd.DataFrame

    @classmethod
    def of(cls, first: Revision, second: Revision, paths: RevisionPaths, error: DataError) -> Self:
        """Collect what git has of two revisions after an error of `verdict.judge`."""
        metrics = metrics_diff(first, second, paths.summary)
        return cls(first.name, second.name, str(error), _next_step(error), metrics)

    def content(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        columns = ("first", "second")
        metrics = {
            name: dict(zip(columns, pair, strict=True))
            for name, *pair in self.metrics.itertuples(index=False)
        }
        return {
            "first": {"revision": self.first},
            "second": {"revision": self.second},
            "not_compared": self.reason,
            "metrics": metrics,
        }

    def table(self) -> pd.DataFrame:
        """Return one row per metric, all cells as text."""
        return changes(self.metrics, self.first, self.second)

    def plain(self) -> str:
        """Return the table and what it is not for a terminal."""
        return "\n".join([plain(self.table()), "", NO_VERDICT])

    def markdown(self) -> str:
        """Return reason and next step as Markdown, without the table."""
        step = f"\n{self.next_step}\n" if self.next_step else ""
        return f"**Not compared:** {self.reason}\n{step}"


def _next_step(error: DataError) -> str:
    if not isinstance(error, MissingFileError):
        return ""
    return _NEXT_HERE if error.revision == WORKSPACE else _NEXT.format(error.revision)


def changes(table: pd.DataFrame, first: str, second: str) -> pd.DataFrame:
    """Format values of two revisions as text, with their difference if any is a number.

    Args:
        table: one row per value: name, first, second; None where a revision has none.
        first: name of the first revision.
        second: name of the second.
    """
    pairs = list(zip(table["first"], table["second"], strict=True))
    shown = pd.DataFrame(
        {
            "": table["name"],
            "first": [_value(value) for value in table["first"]],
            "second": [_value(value) for value in table["second"]],
            "difference": [_difference(*pair) for pair in pairs],
        }
    )
    shown.columns = pd.Index(["", first, second, "difference"])
    return shown if shown["difference"].any() else shown.drop(columns="difference")


def _value(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _difference(first: Any, second: Any) -> str:
    if type(first) is not type(second) or not isinstance(first, float):
        return ""
    return f"{second - first:+.4f}"
