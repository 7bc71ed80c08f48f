"""The paired comparison of two revisions on val and test, as text, Markdown and JSON."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from lesion_pipeline.core.labels import SPLITS
from lesion_pipeline.revisions.compare import Candidate, Comparison, compare
from lesion_pipeline.revisions.read import Revision, RevisionPaths
from lesion_pipeline.revisions.text_table import markdown, plain
from lesion_pipeline.scores.results import Resamples

PREDICTED: Final = SPLITS[1:]  # val, test
COMPARED: Final = {
    "roc_auc": "ROC-AUC",
    "pr_auc": "PR-AUC",
    "sensitivity": "sensitivity",
    "specificity": "specificity",
}
TESTS: Final = {"roc_auc": "DeLong", "sensitivity": "McNemar", "specificity": "McNemar"}
NOTE: Final = (
    "Choose on val; test is for reporting only. The 95 % intervals are those of the difference, by "
    "a paired bootstrap of lesions. DeLong's and McNemar's tests assume independent images. "
    "`gained` counts the images that only the second revision classifies correctly, `lost` those "
    "that only the first does. Of twenty verdicts on equal networks, one is not `within noise`."
)


@dataclass(frozen=True)
class Verdict:
    """The comparison of two revisions on val and test.

    Attributes:
        first: name of the revision to compare with.
        second: name of the revision that may be better or worse.
        thresholds: their operating points.
        resamples: of the lesions, for the intervals.
        splits: by split, val first: the comparison, see revisions.compare.compare.
    """

    first: str
    second: str
    thresholds: tuple[float, float]
    resamples: Resamples
    splits: dict[str, Comparison]

    def content(self) -> dict[str, Any]:
        """Return the whole comparison, ready for JSON."""
        one, two = self.thresholds
        return {
            "first": {"revision": self.first, "threshold": one},
            "second": {"revision": self.second, "threshold": two},
            "bootstrap": self.resamples.model_dump(),
            **self.splits,
        }

    def table(self) -> pd.DataFrame:
        """Return one row per split and score, all cells as text."""
        rows = [
            (split, shown, *_cells(name, scores[name]))
            for split, scores in self.splits.items()
            for name, shown in COMPARED.items()
        ]
        columns = ["", "", self.first, self.second, "difference", "evidence", "p", "verdict"]
        return pd.DataFrame(rows, columns=columns)

    def sentences(self) -> list[str]:
        """Return one sentence per split: which scores are better, worse or within noise."""
        return [
            f"{self.second} compared with {self.first} on {split} ({scores['images']:,} images, "
            f"{scores['malignant']:,} malignant, {scores['lesions']:,} lesions): "
            + "; ".join(f"{shown} {scores[name]['verdict']}" for name, shown in COMPARED.items())
            + "."
            + _left_out(scores["left_out"])
            for split, scores in self.splits.items()
        ]

    def plain(self) -> str:
        """Return table, sentences and notes for a terminal."""
        points = "Operating points: {:.3g} and {:.3g}.".format(*self.thresholds)
        return "\n".join([plain(self.table()), "", *self.sentences(), points, NOTE])

    def markdown(self) -> str:
        """Return sentences, table and notes as Markdown."""
        points = "Operating points: {:.3g} and {:.3g}.".format(*self.thresholds)
        sentences = "\n".join(f"- {sentence}" for sentence in self.sentences())
        return f"{sentences}\n\n{markdown(self.table())}\n\n{points} {NOTE}\n"

    def fell(self, max_drop: float) -> bool:
        """Return whether the whole interval of the change in ROC-AUC on val is below -max_drop."""
        return bool(self.splits["val"]["roc_auc"]["interval"][1] < -max_drop)


def judge(first: Revision, second: Revision, paths: RevisionPaths, resamples: Resamples) -> Verdict:
    """Compare the second revision with the first.

    Args:
        first: the revision to compare with.
        second: the revision that may be better or worse.
        paths: the files to compare; only predictions and threshold are read.
        resamples: of the lesions, for the intervals.

    Raises:
        DataError: a file of a revision is missing or can't be read, or they can't be compared; see
            revisions.compare.compare.
    """
    thresholds = first.threshold(paths.threshold), second.threshold(paths.threshold)
    splits = {}
    for split in PREDICTED:
        file = paths.predictions / f"{split}.csv"
        candidates = (
            Candidate(first.name, first.predictions(file), thresholds[0]),
            Candidate(second.name, second.predictions(file), thresholds[1]),
        )
        splits[split] = compare(*candidates, resamples)
    return Verdict(first.name, second.name, thresholds, resamples, splits)


def _cells(name: str, score: Comparison) -> Iterable[str]:
    if "interval" in score:
        low, high = score["interval"]
        evidence = f"{low:+.4f} to {high:+.4f}"
    else:
        evidence = f"gained {score['gained']}, lost {score['lost']}"
    p = "" if score["p"] is None else f"{score['p']:.2g} ({TESTS[name]})"
    values = (_number(score[key], ".4f") for key in ("first", "second"))
    return (*values, _number(score["difference"], "+.4f"), evidence, p, score["verdict"])


def _number(value: float | None, spec: str) -> str:
    return "-" if value is None else format(value, spec)


def _left_out(count: int) -> str:
    return f" {count:,} images that only one of the two predicted are left out." if count else ""
