"""The paired comparison of two revisions on val and test, and how it is told."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from lesion_pipeline.core.labels import SPLITS
from lesion_pipeline.evaluation.compare import Side, compare
from lesion_pipeline.revisions.read import Revision

PARTS: Final = SPLITS[1:]  # val, test
FIGURES: Final = {
    "roc_auc": "ROC-AUC",
    "pr_auc": "PR-AUC",
    "sensitivity": "sensitivity",
    "specificity": "specificity",
}
TESTS: Final = {"roc_auc": "DeLong", "sensitivity": "McNemar", "specificity": "McNemar"}
NOTE: Final = (
    "val is what one may choose on; test is for reporting only. The intervals are of the "
    "difference, 95 %, by a paired bootstrap of lesions. DeLong and McNemar take images for "
    "independent; gained and lost are images that only the second, only the first is right about. "
    "Of twenty verdicts on equal networks, one is not `within noise`."
)


@dataclass(frozen=True)
class Verdict:
    """What `score.compare.compare` says of val and test.

    Attributes:
        first: name of the revision compared with.
        second: name of the revision that may be better or worse.
        thresholds: their operating points.
        samples: resamples of the intervals.
        seed: of the resamples.
        parts: by part, val first.
    """

    first: str
    second: str
    thresholds: tuple[float, float]
    samples: int
    seed: int
    parts: dict[str, dict[str, Any]]

    def content(self) -> dict[str, Any]:
        """Give all there is, for JSON."""
        one, two = self.thresholds
        return {
            "first": {"revision": self.first, "threshold": one},
            "second": {"revision": self.second, "threshold": two},
            "bootstrap": {"samples": self.samples, "seed": self.seed},
            **self.parts,
        }

    def table(self) -> pd.DataFrame:
        """Give a row a part and figure, as text, in the order in which one reads."""
        rows = [
            (part, shown, *_cells(name, figures[name]))
            for part, figures in self.parts.items()
            for name, shown in FIGURES.items()
        ]
        columns = ["", "", self.first, self.second, "difference", "evidence", "p", "verdict"]
        return pd.DataFrame(rows, columns=columns)

    def sentences(self) -> list[str]:
        """Say of each part what is better, worse or within noise."""
        return [
            f"On {part} ({figures['images']:,} images, {figures['malignant']:,} malignant, "
            f"{figures['lesions']:,} lesions) {self.second} is, against {self.first}: "
            + "; ".join(f"{shown} {figures[name]['verdict']}" for name, shown in FIGURES.items())
            + "."
            + _left_out(figures["left_out"])
            for part, figures in self.parts.items()
        ]

    def plain(self) -> str:
        """Give all of it for a terminal."""
        points = "Operating points: {:.3g} and {:.3g}.".format(*self.thresholds)
        return "\n".join([plain(self.table()), "", *self.sentences(), points, NOTE])

    def markdown(self) -> str:
        """Give all of it as Markdown."""
        points = "Operating points: {:.3g} and {:.3g}.".format(*self.thresholds)
        sentences = "\n".join(f"- {sentence}" for sentence in self.sentences())
        return f"{sentences}\n\n{markdown(self.table())}\n\n{points} {NOTE}\n"

    def fell(self, max_drop: float) -> bool:
        """Tell if ROC-AUC on val fell by more than `max_drop` beyond its interval."""
        return bool(self.parts["val"]["roc_auc"]["interval"][1] < -max_drop)


def judge(
    first: Revision,
    second: Revision,
    predictions: Path,
    threshold: Path,
    samples: int,
    seed: int,
) -> Verdict:
    """Compare the second revision with the first.

    Args:
        first: what is compared with.
        second: what may be better or worse.
        predictions: folder of val.csv and test.csv.
        threshold: JSON file of the operating point.
        samples: resamples of the intervals, at least 1.
        seed: of the resamples.

    Raises:
        DataError: a file of a revision can't be had or read, or they can't be compared; see
            score.compare.compare.
    """
    one, two = first.threshold(threshold), second.threshold(threshold)
    parts = {}
    for part in PARTS:
        file = predictions / f"{part}.csv"
        sides = (
            Side(first.name, first.predictions(file), one),
            Side(second.name, second.predictions(file), two),
        )
        parts[part] = compare(*sides, samples, seed)
    return Verdict(first.name, second.name, (one, two), samples, seed, parts)


def plain(table: pd.DataFrame) -> str:
    """Set a table of text in columns."""
    return _lines(table, "  ", pad=True)


def markdown(table: pd.DataFrame) -> str:
    """Set a table of text in Markdown."""
    head, *rest = _lines(table, " | ", pad=False).splitlines()
    rule = " | ".join(["---"] * table.shape[1])
    return "\n".join(f"| {line} |" for line in (head, rule, *rest))


def _lines(table: pd.DataFrame, between: str, pad: bool) -> str:
    rows = [list(map(str, table.columns)), *table.astype(str).to_numpy().tolist()]
    if pad:
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        rows = [[c.ljust(w) for c, w in zip(row, widths, strict=True)] for row in rows]
    else:
        rows = [[_escaped(cell) for cell in row] for row in rows]
    return "\n".join(between.join(row).rstrip() if pad else between.join(row) for row in rows)


def _escaped(cell: str) -> str:
    return " ".join(cell.replace("|", "\\|").split())


def _cells(name: str, figure: dict[str, Any]) -> Iterable[str]:
    if "interval" in figure:
        low, high = figure["interval"]
        evidence = f"{low:+.4f} to {high:+.4f}"
    else:
        evidence = f"gained {figure['gained']}, lost {figure['lost']}"
    p = "" if figure["p"] is None else f"{figure['p']:.2g} ({TESTS[name]})"
    values = (_number(figure[key], ".4f") for key in ("first", "second"))
    return (*values, _number(figure["difference"], "+.4f"), evidence, p, figure["verdict"])


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _left_out(count: int) -> str:
    return f" {count:,} images that only one of them has are left out." if count else ""
