"""Scores in plain words."""

from collections.abc import Iterator

import pandas as pd

from lesion_pipeline.core.listing import counted
from lesion_pipeline.core.results import Interval
from lesion_pipeline.scores.results import FEW_LESIONS, DecisionRates
from lesion_pipeline.scoring.score import PredictionScores

Cell = tuple[float | None, Interval]  # a figure and its interval

_RANKING = (("ROC-AUC", "roc_auc"), ("PR-AUC", "pr_auc"))
_LOSSES = (("Brier score", "brier_score"), ("log loss", "log_loss"))
_RATES = ("sensitivity", "specificity", "ppv", "npv")
_CALIBRATION = (
    ("calibration slope (1 is ideal)", "calibration_slope"),
    ("calibration intercept (0 is ideal)", "calibration_intercept"),
)


def heading(scores: PredictionScores) -> str:
    """Return in a line what was scored, and in another what was left out."""
    lesions = scores.lesions
    of_lesions = ""
    if lesions is not None:
        of_lesions = f" of {counted(lesions.count, 'lesion')}, {lesions.malignant} malignant"
    lines = [f"{counted(scores.images, 'image')}, {scores.malignant} malignant{of_lesions}"]
    if scores.left_out:
        lines.append(f"{counted(scores.left_out, 'image')} left out: no probability")
    if scores.one_sided:
        lines.append(f"{counted(scores.one_sided, 'image')} left out: in one of the tables only")
    return "\n".join(lines)


def figures_table(scores: PredictionScores) -> pd.DataFrame:
    """Return a row of text per figure: by image and, if lesions are known, by lesion."""
    columns = ["figure", "by image", "95 % interval"]
    if scores.lesions is not None:
        columns += ["by lesion", "95 % interval"]
    rows = [
        [name, *_cells(image), *(_cells(lesion) if scores.lesions is not None else ())]
        for name, image, lesion in _figures(scores)
    ]
    return pd.DataFrame(rows, columns=columns)


def notes(scores: PredictionScores) -> str:
    """Tell how the intervals were made, and what to beware of."""
    lines = [
        f"Intervals take each {scores.cluster} as independent ({scores.clusters} of them): of "
        "ROC-AUC the score interval, of rates Wilson's for the effective number, of the others "
        f"the bootstrap ({scores.resamples.samples} resamples, seed {scores.resamples.seed})."
    ]
    if scores.threshold is None:
        lines.append("--threshold P adds sensitivity, specificity, PPV and NPV.")
    else:
        lines.append("PPV and NPV hold only where malignant images are as frequent as here.")
    known = scores.lesions
    malignant = scores.malignant if known is None else known.malignant
    if malignant < FEW_LESIONS:
        kind = "images" if known is None else "lesions"
        lines.append(
            f"Few malignant {kind} ({malignant}): with fewer than {FEW_LESIONS}, scores are mostly "
            "chance, whatever their intervals."
        )
    return "\n".join(lines)


def _figures(scores: PredictionScores) -> Iterator[tuple[str, Cell | None, Cell | None]]:
    lesions = scores.lesions
    for name, key in (*_RANKING, *_LOSSES):
        yield name, _cell(scores, key), None if lesions is None else _cell(lesions, key)
    for name, key in _CALIBRATION:
        yield name, _cell(scores, key), None
    bins = f"calibration error ({scores.calibration_bins} bins)"
    yield bins, (scores.calibration_error, None), None
    for key in _RATES if scores.rates is not None else ():
        word = key.upper() if len(key) == 3 else key
        name = f"{word} at {scores.threshold:.6g}"
        yield name, _rate(scores.rates, key), _rate(scores.lesion_rates, key)


def _rate(rates: DecisionRates | None, key: str) -> Cell | None:
    return None if rates is None else _cell(rates, key)


def _cell(scores: object, key: str) -> Cell:
    return getattr(scores, key), getattr(scores, f"{key}_interval")


def _cells(cell: Cell | None) -> tuple[str, str]:
    if cell is None:
        return "", ""
    value, interval = cell
    ends = [] if interval is None else [_number(end) for end in interval]
    return "undefined" if value is None else _number(value), " to ".join(ends)


def _number(value: float | None) -> str:
    return "?" if value is None else f"{value:.3f}"
