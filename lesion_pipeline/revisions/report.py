"""The report of a change for its reviewer: is it better, what was changed, and the curves."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import pandas as pd
from matplotlib.figure import Figure

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.revisions.curves import curves, history
from lesion_pipeline.revisions.external import NOTE, external_table
from lesion_pipeline.revisions.read import Revision, RevisionPaths, metrics_diff, params_diff
from lesion_pipeline.revisions.unpaired import NO_VERDICT, Unpaired, changes
from lesion_pipeline.revisions.verdict import PREDICTED, Verdict, judge
from lesion_pipeline.scores.results import Resamples
from lesion_pipeline.text_table import markdown

TITLES: Final = {
    "roc": "ROC curves",
    "precision_recall": "Precision-recall curves",
    "calibration": "Calibration",
    "history": "Training",
}


@dataclass(frozen=True)
class Report:
    """A report, ready to be written.

    Attributes:
        text: Markdown; it shows the figures as `<name>.png`.
        figures: charts by name.
        refused: whether there is a gate and it is not passed.
    """

    text: str
    figures: dict[str, Figure]
    refused: bool


def report(
    first: Revision,
    second: Revision,
    paths: RevisionPaths,
    resamples: Resamples,
    max_drop: float | None = None,
) -> Report:
    """Report how the second revision differs from the first.

    A missing result of a revision is named in the report, not raised: a change that makes a
    comparison impossible must be visible, too.

    Args:
        first: the revision to compare with.
        second: the changed revision.
        paths: the files to compare.
        resamples: of the lesions, for the intervals.
        max_drop: if given, refuse when the whole interval of the difference in ROC-AUC on val
            lies below -max_drop, or when it is unknown. Never on test: deciding on every change by
            test would be choosing on it.
    """
    verdict: Verdict | None = None
    try:
        verdict = judge(first, second, paths, resamples)
        compared = verdict.markdown()
    except DataError as error:
        compared = Unpaired.of(first, second, paths, error).markdown()
    refused = max_drop is not None and (verdict is None or verdict.fell(max_drop))
    figures = _figures(first, second, paths)
    params = _changes(params_diff(first, second), first, second, "No parameter differs.")
    metrics = metrics_diff(first, second, paths.summary)
    shown = _changes(metrics, first, second, f"{paths.summary} is in neither.")
    note = "" if verdict else f"{NO_VERDICT}\n\n"
    sections = [
        f"# {second.name} compared with {first.name}\n",
        compared,
        *([] if max_drop is None else [_gate(max_drop, refused, verdict is not None)]),
        f"## Parameters\n\n{params}\n",
        f"## Metrics\n\n{note}{shown}\n",
        *_external(external_table(first, second, paths.external)),
        "## Curves\n",
        *(f"![{TITLES[name]}]({name}.png)\n" for name in figures),
    ]
    return Report("\n".join(sections), figures, refused)


def _external(table: pd.DataFrame) -> list[str]:
    return [] if table.empty else [f"## Other collections\n\n{markdown(table)}\n\n{NOTE}\n"]


def _figures(first: Revision, second: Revision, paths: RevisionPaths) -> dict[str, Figure]:
    """Draw the curves that both have; missing predictions were named by the comparison."""
    pair = (first, second)
    figures: dict[str, Figure] = {}
    with suppress(DataError):
        figures |= curves(
            {
                split: [
                    (each.name, each.predictions(paths.predictions / f"{split}.csv"))
                    for each in pair
                ]
                for split in PREDICTED
            }
        )
    with suppress(DataError):
        columns = {"epoch": "int64", "val_roc_auc": "float64", "val_pr_auc": "float64"}
        tables = [(each.name, each.table(paths.history, **columns)) for each in pair]
        figures["history"] = history(tables)
    return figures


def _changes(table: pd.DataFrame, first: Revision, second: Revision, none: str) -> str:
    return none if table.empty else markdown(changes(table, first.name, second.name))


def _gate(max_drop: float, refused: bool, compared: bool) -> str:
    if not compared:
        return "**Gate: not passed**, as the revisions could not be compared.\n"
    if refused:
        return (
            f"**Gate: not passed.** ROC-AUC on val fell by more than {max_drop:g}: "
            "the whole interval lies below.\n"
        )
    return (
        f"Gate: passed. The interval does not show that ROC-AUC on val fell by more than "
        f"{max_drop:g}.\n"
    )
