"""Chapters on scores: the figures with their intervals, and calibration."""

from typing import Any, Final

import pandas as pd

from lesion_pipeline.bundle.card.cells import rate_of, table
from lesion_pipeline.bundle.card.clinical import NOTHING, SHORTCUT, figure_name
from lesion_pipeline.bundle.card.scores import calibration_section
from lesion_pipeline.reporting.facts import ReportFacts
from lesion_pipeline.reporting.page import Chapter
from lesion_pipeline.reporting.pictures import Shown
from lesion_pipeline.reporting.prose import without_heading
from lesion_pipeline.scores.results import Evaluation, SplitScores
from lesion_pipeline.text_table import with_interval

_BASELINES: Final = {
    "age_sex_site": "age, sex and site",
    "dx_type": "how the diagnosis was confirmed",
}
_WITHOUT_IMAGE: Final = (
    "What logistic regression on the collection's table predicts without looking at an image. How "
    "a diagnosis was confirmed is no property of a lesion: as far as it predicts the diagnosis, "
    "easy and hard lesions were examined differently, and a network may have learnt which."
)
_DIAGNOSES: Final = {
    "diagnoses": "most probable",
    "diagnoses_by_frequency": "most probable for its frequency",
}


def figures(facts: ReportFacts) -> Chapter:
    """Return the main figures with their intervals, val before test."""
    evaluation = facts.evaluation
    areas = " ".join(
        f"On {split} {with_interval(s.roc_auc, s.roc_auc_interval)} and "
        f"{with_interval(s.pr_auc, s.pr_auc_interval)}."
        for split, s in _splits(evaluation).items()
    )
    curves = (
        Shown("draw/roc", f"ROC and precision-recall areas. {areas}",
              "ROC curves of val and test with the operating point."),
        Shown("draw/precision_recall", f"ROC and precision-recall areas. {areas}",
              "Precision-recall curves of val and test, beside chance."),
    )  # fmt: skip
    blocks = (
        evaluation.warning(),
        without_heading(facts.documents["headline"]),
        curves,
        "### What a physician asks first\n\n" + _clinical(facts.val.clinical, facts.test.clinical),
        "### Without looking at the image\n\n" + _baselines(evaluation),
        *_seven(evaluation),
    )
    return Chapter("figures", "Figures with intervals", blocks)


def calibration(facts: ReportFacts) -> Chapter:
    """Return whether probabilities are frequencies: val in a sentence, then test."""
    val = facts.evaluation.val
    on_val = (
        f"On val, to which the calibrator was fitted, the network's own probabilities have a "
        f"calibration error of {val.calibration_error:.3f}, a slope of "
        f"{with_interval(val.calibration_slope, val.calibration_slope_interval)} and an intercept "
        f"of {with_interval(val.calibration_intercept, val.calibration_intercept_interval)}."
    )
    charts = (
        Shown("draw/calibration", "Observed against predicted frequency of malignancy, before and "
              "after the calibrator; slopes and intercepts are in the table.",
              "Calibration of val and test, with 95 % bands; below, the low end again."),
        Shown("draw/calibration_prevalence", "Calibration curves of test, moved to other "
              "frequencies of malignant lesions.",
              "What a probability means where malignant lesions are rarer."),
        Shown("draw/calibration_groups", "Calibration curves of test by age, sex and how the "
              "diagnosis was confirmed.", "Calibration by subgroup of test."),
        Shown("draw/calibration_subgroups", "Mean predicted probability and fraction malignant of "
              "subgroups of test.", "Predicted and observed frequency by subgroup of test."),
    )  # fmt: skip
    text = calibration_section(facts.evaluation.test, facts.manifest.calibrator.method)
    return Chapter("calibration", "Calibration", (on_val, text, charts))


def _splits(evaluation: Evaluation) -> dict[str, SplitScores]:
    return {"val": evaluation.val, "test": evaluation.test}


def _clinical(val: pd.DataFrame, test: pd.DataFrame) -> str:
    both = {"val": val.set_index("figure"), "test": test.set_index("figure")}
    known = [
        name for name in val["figure"]
        if any(rows["value"].notna()[name] for rows in both.values())
    ]  # fmt: skip
    rows = [
        (figure_name(name), *(cell for rows in both.values() for cell in _answer(rows, name)))
        for name in known
    ]
    columns = ("", "val", "lesions", "test", "lesions")
    histology = SHORTCUT if any(name.startswith("specificity") for name in known) else ""
    return f"{table(columns, rows)}\n\n{histology}" if rows else NOTHING


def _answer(rows: pd.DataFrame, name: str) -> tuple[str, object]:
    row: dict[Any, Any] = rows.loc[name].to_dict()
    return rate_of(row, "value"), int(row["lesions"])


def _baselines(evaluation: Evaluation) -> str:
    rows: list[tuple[object, ...]] = []
    for name in evaluation.val.baselines:
        cells = [split.baselines.get(name) for split in _splits(evaluation).values()]
        areas = [with_interval(c.roc_auc, c.roc_auc_interval) if c else "" for c in cells]
        rows.append((_BASELINES.get(name, name), *areas))
    own = [with_interval(s.roc_auc, s.roc_auc_interval) for s in _splits(evaluation).values()]
    rows.append(("the network, from the image", *own))
    return f"{table(('ROC-AUC', 'val', 'test'), rows)}\n\n{_WITHOUT_IMAGE}"


def _seven(evaluation: Evaluation) -> tuple[str | tuple[Shown, ...], ...]:
    """Return how well it tells the seven diagnoses apart, if it predicts them."""
    rows = []
    for field, name in _DIAGNOSES.items():
        for split, scores in _splits(evaluation).items():
            found = getattr(scores, field)
            if found is not None:
                accuracy = with_interval(found.accuracy, found.accuracy_interval)
                interval = found.balanced_accuracy_interval
                balanced = with_interval(found.balanced_accuracy, interval)
                rows.append((f"{name}, {split}", accuracy, balanced))
    if not rows:
        return ()
    charts = tuple(
        Shown(f"draw/confusion_diagnoses_{split}", f"The most probable diagnosis of each image of "
              f"{split} against the truth.", f"Most probable diagnosis against the truth, {split}.")
        for split in ("val", "test")
    )  # fmt: skip
    text = table(("diagnosis", "accuracy", "balanced accuracy"), rows)
    return f"### The seven diagnoses\n\n{text}", charts
