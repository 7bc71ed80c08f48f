"""The section of the model card on other collections."""

from typing import Final

from lesion_pipeline.bundle.card.cells import rate, table
from lesion_pipeline.scores.results import (
    Calibration,
    DecisionRates,
    Evaluation,
    ExternalScores,
    OperatingPoint,
    SplitScores,
    Validation,
)
from lesion_pipeline.text_table import with_interval

_NONE: Final = (
    "The network was not tried on any other collection. Networks trained on one collection usually "
    "lose much on another; until it is tried on images like yours, nothing is known about them."
)
_MEANING: Final = (
    "At the threshold and with the calibrator that were chosen on val. Images that look like one "
    "of the collection itself were left out. An intercept below 0: calibrated probabilities are "
    "too high there."
)


def external_section(validation: Validation, evaluation: Evaluation, point: OperatingPoint) -> str:
    """Return the scores of other collections beside those of test."""
    if not validation.collections:
        return _NONE
    columns = (
        "collection", "images", "malignant", "ROC-AUC", "PR-AUC", "sensitivity", "specificity",
        "calibration intercept", "calibration slope",
    )  # fmt: skip
    test = evaluation.test
    rows = [_row("test (this collection)", test, point.test, test.calibrated or test)]
    rows += [
        _row(name, scores, scores.rates, scores.calibrated)
        for name, scores in validation.collections.items()
    ]
    changes = [_adaptation(name, scores) for name, scores in validation.collections.items()]
    return "\n\n".join([table(columns, rows), _MEANING, *filter(None, changes)])


def _row(
    name: str, scores: SplitScores | ExternalScores, rates: DecisionRates, after: Calibration
) -> tuple[object, ...]:
    return (
        name, scores.images, scores.malignant,
        with_interval(scores.roc_auc, scores.roc_auc_interval),
        with_interval(scores.pr_auc, scores.pr_auc_interval),
        rate(rates.sensitivity, rates.sensitivity_interval),
        rate(rates.specificity, rates.specificity_interval),
        with_interval(after.calibration_intercept, after.calibration_intercept_interval),
        with_interval(after.calibration_slope, after.calibration_slope_interval),
    )  # fmt: skip


def _adaptation(name: str, scores: ExternalScores) -> str:
    found = scores.adaptation
    if found is None:
        return ""
    loss = (
        f"a correction of the probabilities changes their log loss from "
        f"{found.log_loss_before:.3f} to {found.log_loss:.3f}"
    )
    if found.sensitivity is None or found.specificity is None:
        rates = "the policy can't choose a threshold"
    else:
        rates = (
            f"a threshold chosen there has a sensitivity of {found.sensitivity:.3f} and a "
            f"specificity of {found.specificity:.3f} on the other images"
        )
    return (
        f"With {found.labelled_images} labelled images of {name} (mean of {found.parts} parts): "
        f"{rates}; {loss}."
    )
