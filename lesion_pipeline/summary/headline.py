"""The main figures of val and test with their intervals, as a table for a report."""

from typing import Final

import pandas as pd

from lesion_pipeline.scores.results import Evaluation, OperatingPoint, Rates, SplitScores
from lesion_pipeline.text_table import CaptionedTable, with_interval

RANKING: Final = {"roc_auc": "ROC-AUC", "pr_auc": "PR-AUC"}
RATES: Final = {
    "sensitivity": "sensitivity", "specificity": "specificity", "ppv": "PPV", "npv": "NPV",
}  # fmt: skip
CALIBRATION: Final = {
    "calibration_slope": "calibration slope",
    "calibration_intercept": "calibration intercept",
    "brier_score": "Brier score",
}
_TITLE: Final = "The network on val and test"
_NOTE: Final = (
    "In brackets: 95 % intervals. Val comes first: epoch, threshold ({threshold:.6g}) and "
    "calibrator were chosen on it, so its figures are optimistic; test chose nothing and is for "
    "reporting only. Calibration is that of the network's probabilities, before the calibrator. "
    "PPV and NPV hold for the frequency of malignant lesions in the split."
)


_OUT_OF_FOLD: Final = (
    " Val are the images of train and val together, each predicted by members of the network that "
    "were not trained on it."
)


def headline_document(
    evaluation: Evaluation, point: OperatingPoint, out_of_fold: bool = False
) -> CaptionedTable:
    """List the main figures by image and by lesion, val before test.

    Args:
        evaluation: the scores of val and test.
        point: the operating point and its rates.
        out_of_fold: whether val was predicted by members that were trained on other folds.
    """
    columns = {
        "val": _column(evaluation.val, point.val),
        "test": _column(evaluation.test, point.test),
    }
    table = pd.DataFrame(columns).rename_axis("").reset_index()
    note = _NOTE.format(threshold=point.threshold) + _OUT_OF_FOLD * out_of_fold
    return CaptionedTable(_TITLE, note, table)


def _column(scores: SplitScores, rates: Rates) -> dict[str, str]:
    lesions = scores.lesions
    return {
        "images (malignant)": f"{scores.images:,} ({scores.malignant:,})",
        "lesions (malignant)": f"{lesions.count:,} ({lesions.malignant:,})",
        **_cells(scores, RANKING, "by image"),
        **_cells(rates, RATES, "by image"),
        **_cells(scores, CALIBRATION, "by image"),
        **_cells(lesions, RANKING, "by lesion"),
        **_cells(rates.lesions, RATES, "by lesion"),
    }


def _cells(result: object, names: dict[str, str], unit: str) -> dict[str, str]:
    pairs = {name: (getattr(result, name), getattr(result, f"{name}_interval")) for name in names}
    return {f"{names[name]}, {unit}": with_interval(*pair) for name, pair in pairs.items()}
