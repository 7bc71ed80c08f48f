"""What a reviewer wants to know of a change: is it better, what was changed, how it looks."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd
from matplotlib.figure import Figure

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.revisions import curves as pictures
from lesion_pipeline.revisions.read import Revision, metrics_diff, params_diff
from lesion_pipeline.revisions.verdict import PARTS, Verdict, judge, markdown

TITLES: Final = {
    "roc": "ROC curves",
    "precision_recall": "Precision-recall curves",
    "calibration": "Calibration",
    "history": "Training",
}


@dataclass(frozen=True)
class Places:
    """Where a revision has what the report reads.

    Attributes:
        predictions: folder of val.csv and test.csv.
        threshold: JSON file of the operating point.
        summary: JSON file of the few figures people compare.
        history: CSV file with a row an epoch of training.
    """

    predictions: Path
    threshold: Path
    summary: Path
    history: Path


@dataclass(frozen=True)
class Report:
    """A report that is to be written.

    Attributes:
        text: Markdown; it shows the figures as `<name>.png`.
        figures: pictures by name.
        refused: whether a gate was asked for and is not passed.
    """

    text: str
    figures: dict[str, Figure]
    refused: bool


def report(
    first: Revision,
    second: Revision,
    places: Places,
    samples: int,
    seed: int,
    max_drop: float | None = None,
) -> Report:
    """Report how the second revision differs from the first.

    What can't be had of a revision is said in the report, not raised: a change that makes a
    comparison impossible must be seen, too.

    Args:
        first: what is compared with.
        second: what came of it.
        places: where the files are.
        samples: resamples of the intervals, at least 1.
        seed: of the resamples.
        max_drop: if given, refuse when the whole interval of the difference in ROC-AUC on val
            lies below -max_drop, or when it is not known. Never on test: whoever decides by it
            at each change chooses on it.
    """
    verdict: Verdict | None = None
    try:
        verdict = judge(first, second, places.predictions, places.threshold, samples, seed)
        compared = verdict.markdown()
    except DataError as error:
        compared = f"**Not compared:** {error}\n"
    refused = max_drop is not None and (verdict is None or verdict.fell(max_drop))
    figures = _figures(first, second, places)
    params = params_diff(first, second)
    metrics = metrics_diff(first, second, places.summary)
    sections = [
        f"# {second.name} against {first.name}\n",
        compared,
        *([] if max_drop is None else [_gate(max_drop, refused, verdict is not None)]),
        f"## Parameters\n\n{_changes(params, first, second, 'No parameter differs.')}\n",
        f"## Metrics\n\n{_changes(metrics, first, second, f'{places.summary} is in neither.')}\n",
        "## Curves\n",
        *(f"![{TITLES[name]}]({name}.png)\n" for name in figures),
    ]
    return Report("\n".join(sections), figures, refused)


def _figures(first: Revision, second: Revision, places: Places) -> dict[str, Figure]:
    """Draw what both have; whoever lacks predictions was named by the comparison."""
    pair = (first, second)
    figures: dict[str, Figure] = {}
    with suppress(DataError):
        figures |= pictures.curves(
            {
                part: [
                    (one.name, one.predictions(places.predictions / f"{part}.csv")) for one in pair
                ]
                for part in PARTS
            }
        )
    with suppress(DataError):
        columns = {"epoch": "int64", "val_roc_auc": "float64", "val_pr_auc": "float64"}
        tables = [(one.name, one.table(places.history, **columns)) for one in pair]
        figures["history"] = pictures.history(tables)
    return figures


def _changes(table: pd.DataFrame, first: Revision, second: Revision, none: str) -> str:
    if table.empty:
        return none
    shown = pd.DataFrame(
        {
            "": table["name"],
            "first": [_value(value) for value in table["first"]],
            "second": [_value(value) for value in table["second"]],
            "difference": [
                _difference(*pair) for pair in zip(table["first"], table["second"], strict=True)
            ],
        }
    )
    shown.columns = pd.Index(["", first.name, second.name, "difference"])
    return markdown(shown if shown["difference"].any() else shown.drop(columns="difference"))


def _value(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _difference(first: Any, second: Any) -> str:
    if type(first) is not type(second) or not isinstance(first, float):
        return ""
    return f"{second - first:+.4f}"


def _gate(max_drop: float, refused: bool, compared: bool) -> str:
    if not compared:
        return "**Gate: not passed**, as there is nothing to judge by.\n"
    if refused:
        return f"**Gate: not passed.** ROC-AUC on val fell by more than {max_drop:g}, surely.\n"
    return f"Gate: passed. ROC-AUC on val did not surely fall by more than {max_drop:g}.\n"
