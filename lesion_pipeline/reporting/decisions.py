"""Chapters on decisions: the operating point, subgroups, mistakes, other collections."""

from typing import Final

import pandas as pd

from lesion_pipeline.bundle.card.cells import rate_of, table
from lesion_pipeline.bundle.card.external import external_section
from lesion_pipeline.bundle.card.operating_point import (
    operating_point_section,
    prevalence_section,
    subgroups_section,
)
from lesion_pipeline.reporting.facts import ReportFacts
from lesion_pipeline.reporting.page import Chapter
from lesion_pipeline.reporting.pictures import Shown
from lesion_pipeline.scores.results import DecisionRates

LISTED: Final = 24  # mistakes, as many as the pictures show
_RATE: Final = ("sensitivity", "specificity")


def operating_point(facts: ReportFacts) -> Chapter:
    """Return what the threshold does, in words first."""
    point = facts.point
    words = (
        f"Of 100 lesions like those of val, {_of_a_hundred(point.val.lesions)}. Of 100 like those "
        f"of test, {_of_a_hundred(point.test.lesions)}. In brackets: 95 % intervals."
    )
    charts = (
        Shown("draw/operating_point", "Sensitivity, specificity, PPV and NPV on val by threshold.",
              "What other thresholds would have given on val."),
        Shown("draw/confusion_matrix", "Confusion matrices of val and test; the table has the "
              "counts.", "Decisions on val and test, by image."),
        Shown("draw/distribution", "Histograms of the probabilities of benign and of malignant "
              "images, val and test.", "Probabilities by class, with the threshold."),
        Shown("draw/decision", "Net benefit by threshold probability, val and test, beside "
              "treating all and treating none.", "Net benefit, with 95 % bands."),
    )  # fmt: skip
    blocks = (
        words,
        operating_point_section(point),
        charts,
        "### What other policies would have chosen\n\n" + _policies(facts.policies),
        "### Where malignant lesions are rarer (test)\n\n" + prevalence_section(facts.prevalence),
    )
    return Chapter("operating-point", "Operating point", blocks)


def subgroups(facts: ReportFacts) -> Chapter:
    """Return the rates by subgroup, val before test."""
    chart = Shown(
        "draw/subgroups",
        "Sensitivity and specificity of subgroups of test with their intervals; the table has the "
        "numbers.",
        "Rates by subgroup of test, with 95 % intervals.",
    )
    blocks = (
        "### Val\n\n" + subgroups_section(facts.val.subgroups),
        "### Test\n\n" + subgroups_section(facts.test.subgroups),
        (chart,),
    )
    return Chapter("subgroups", "Subgroups", blocks)


def mistakes(facts: ReportFacts) -> Chapter:
    """Return the most confident mistakes."""
    found, kinds = facts.mistakes, facts.mistakes["kind"]
    missed, alarms = (int((kinds == kind).sum()) for kind in ("false_negative", "false_positive"))
    text = (
        f"On test {missed:,} malignant images were called benign and {alarms:,} benign images "
        "malignant. Listed are the most confident ones, by the distance from the threshold in log "
        "odds. What they mean is for people to say."
    )
    sheet = Shown(
        "draw/mistakes", "The misclassified images, side by side.",
        "The most confident mistakes on test.", wide=True,
    )  # fmt: skip
    return Chapter("mistakes", "Mistakes (test)", (text, _mistakes(found.head(LISTED)), (sheet,)))


def elsewhere(facts: ReportFacts) -> Chapter:
    """Return the scores of other collections."""
    text = external_section(facts.validation, facts.evaluation, facts.point)
    chart = Shown(
        "draw/external", "ROC and calibration curves of other collections beside test.",
        "Other collections beside test.",
    )  # fmt: skip
    return Chapter("other-collections", "Other collections", (text, (chart,)))


def _of_a_hundred(rates: DecisionRates) -> str:
    found = _hundred(rates.sensitivity, rates.sensitivity_interval)
    alarms = _hundred(
        1 - rates.specificity, tuple(1 - end for end in reversed(rates.specificity_interval))
    )
    return f"all malignant, it finds {found}; of 100 benign ones it calls {alarms} malignant"


def _hundred(value: float, interval: tuple[float, ...]) -> str:
    low, high = (f"{100 * end:.0f}" for end in interval)
    return f"{100 * value:.0f} ({low} to {high})"


def _policies(policies: pd.DataFrame) -> str:
    rows = []
    for row in policies.to_dict("records"):
        able = pd.notna(row["threshold"])
        rates = [rate_of(row, f"{split}_{name}") for split in ("val", "test") for name in _RATE]
        threshold = f"{row['threshold']:.4g}" if able else "can't be reached on val"
        rows.append((row["policy"].replace("_", " "), threshold, *rates))
    columns = ("policy", "threshold", "sensitivity, val", "specificity, val", "sensitivity, test",
               "specificity, test")  # fmt: skip
    return table(columns, rows)


def _mistakes(found: pd.DataFrame) -> str:
    columns = {"image_id": "image", "kind": "mistake", "dx": "diagnosis", "age": "age",
               "sex": "sex", "site": "site", "probability": "probability"}  # fmt: skip
    rows = [[_cell(name, row[name]) for name in columns] for row in found.to_dict("records")]
    return table(list(columns.values()), rows) if rows else ""


def _cell(name: str, value: object) -> str:
    if pd.isna(value):  # type: ignore[call-overload]
        return ""
    if isinstance(value, float):
        return f"{value:.3g}"
    return str(value).replace("_", " ") if name == "kind" else str(value).replace("|", "\\|")
