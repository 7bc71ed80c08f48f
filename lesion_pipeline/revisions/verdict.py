"""The paired comparison of two revisions on val and test, as text, Markdown and JSON."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from lesion_pipeline.core.labels import SPLITS
from lesion_pipeline.revisions.compare import Candidate, Comparison, compare
from lesion_pipeline.revisions.read import Revision, RevisionPaths
from lesion_pipeline.scores.results import Resamples
from lesion_pipeline.text_table import markdown, plain

PREDICTED: Final = SPLITS[1:]  # val, test
COMPARED: Final = {
    "roc_auc": "ROC-AUC",
    "pr_auc": "PR-AUC",
    "sensitivity": "sensitivity",
    "specificity": "specificity",
}
NOTE: Final = (
    "Choose on val; test is for reporting only. The 95 % intervals are those of the difference, by "
    "a paired bootstrap of lesions in which each network chooses its threshold on val anew. Of "
    "twenty verdicts on equal networks, about one is not `within noise`."
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
            (split, shown, *_cells(scores[name]))
            for split, scores in self.splits.items()
            for name, shown in COMPARED.items()
        ]
        columns = ["", "", self.first, self.second, "difference", "95 % interval", "verdict"]
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
    candidates = []
    for revision in (first, second):
        threshold, rule = revision.operating_point(paths.threshold)
        tables = {
            split: revision.predictions(paths.predictions / f"{split}.csv") for split in PREDICTED
        }
        candidates.append(Candidate(revision.name, tables, threshold, rule))
    one, two = candidates
    splits = compare(one, two, PREDICTED, resamples)
    return Verdict(one.name, two.name, (one.threshold, two.threshold), resamples, splits)


def _cells(score: Comparison) -> Iterable[str]:
    low, high = score["interval"]
    return (
        f"{score['first']:.4f}", f"{score['second']:.4f}", f"{score['difference']:+.4f}",
        f"{low:+.4f} to {high:+.4f}", score["verdict"],
    )  # fmt: skip


def _left_out(count: int) -> str:
    return f" {count:,} images that only one of the two predicted are left out." if count else ""
