"""What two revisions score on other collections, side by side."""

from pathlib import Path
from typing import Final

import pandas as pd
from pydantic import ValidationError

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.revisions.read import Revision
from lesion_pipeline.scores.results import ExternalScores, Validation
from lesion_pipeline.text_table import with_interval

NOTE: Final = (
    "Each network at the threshold and with the calibrator that it chose on its own val. In "
    "brackets: 95 % intervals of each score, not of a difference: these are not paired, so there "
    "is no verdict. -: not scored there."
)


def external_table(first: Revision, second: Revision, file: Path) -> pd.DataFrame:
    """List the scores of both revisions on the collections that either was scored on.

    Args:
        first: the revision to compare with.
        second: the other.
        file: JSON file of the scores of other collections.

    Returns:
        One row per collection and score, all cells as text; no rows if there are no collections. A
        revision without the file, or with another layout of it, was not scored.
    """
    one, two = (_collections(revision, file) for revision in (first, second))
    rows = [
        (name, score, cells_one.get(score, "-"), cells_two.get(score, "-"))
        for name in {**one, **two}
        for cells_one, cells_two in [(_cells(one.get(name)), _cells(two.get(name)))]
        for score in cells_one or cells_two
    ]
    return pd.DataFrame(rows, columns=["", "", first.name, second.name])


def _collections(revision: Revision, file: Path) -> dict[str, ExternalScores]:
    try:
        return Validation.model_validate_json(revision.read(file)).collections
    except (DataError, ValidationError):
        return {}


def _cells(scores: ExternalScores | None) -> dict[str, str]:
    if scores is None:
        return {}
    rates, after = scores.rates, scores.calibrated
    shown = {
        "ROC-AUC": (scores.roc_auc, scores.roc_auc_interval),
        "PR-AUC": (scores.pr_auc, scores.pr_auc_interval),
        "sensitivity": (rates.sensitivity, rates.sensitivity_interval),
        "specificity": (rates.specificity, rates.specificity_interval),
        "calibration slope": (after.calibration_slope, after.calibration_slope_interval),
        "calibration intercept": (
            after.calibration_intercept, after.calibration_intercept_interval,
        ),
    }  # fmt: skip
    counts = {"images (malignant)": f"{scores.images:,} ({scores.malignant:,})"}
    return counts | {name: with_interval(*pair) for name, pair in shown.items()}
