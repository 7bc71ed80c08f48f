"""Sections of the model card on scores and calibration."""

from typing import Final

from lesion_pipeline.bundle.card.cells import table
from lesion_pipeline.scores.results import (
    CalibratedScores,
    Evaluation,
    Ranking,
    SplitScores,
)
from lesion_pipeline.text_table import with_interval

_INTERVALS: Final = (
    "In brackets: 95 % intervals, from a bootstrap of the lesions. They show how much a score "
    "would change with other lesions of the same kind, not with another training."
)
_FEW_IMAGES: Final = (
    "Look at the number of malignant images before you believe a difference: where there are few, "
    "one image that is classified otherwise can change a score by several points."
)
_CALIBRATORS: Final = {
    "platt": "A straight line through the log odds, fitted on val (Platt scaling), turns the "
    "probability into a calibrated one",
    "isotonic": "A step function that never falls, fitted on val (isotonic regression), turns the "
    "probability into a calibrated one",
    "none": "The probability is used as the network outputs it",
}
_IDEAL: Final = (
    "Perfect calibration has a calibration error of 0, a slope of 1 (below 1: probabilities are "
    "too extreme) and an intercept of 0 (below 0: too high). All values hold only for the "
    "frequency of malignant lesions in these data."
)


_OUT_OF_FOLD: Final = (
    "Val is out of fold: the images of train and val together, each predicted by the members that "
    "were not trained on it. The exported network averages all members, so it is better than "
    "these figures of single ones; as each member's epoch was chosen on its own fold, they are a "
    "little optimistic."
)


def scores_section(evaluation: Evaluation, out_of_fold: bool = False) -> str:
    """Return the scores of val and test that need no threshold."""
    val = "val (out of fold)" if out_of_fold else "val"
    columns = ("split", "images", "malignant", "ROC-AUC", "PR-AUC", "Brier score", "log loss")
    rows = [
        (
            split, scores.images, scores.malignant, *_ranking(scores),
            f"{scores.brier_score:.3f}", f"{scores.log_loss:.3f}",
        )
        for split, scores in ((val, evaluation.val), ("test", evaluation.test))
    ]  # fmt: skip
    notes = [_INTERVALS, _FEW_IMAGES, *([_OUT_OF_FOLD] if out_of_fold else [])]
    return f"{table(columns, rows)}\n\n" + "\n".join(notes)


def calibration_section(test: SplitScores, method: str) -> str:
    """Return the calibration on test, before and after the calibrator."""
    columns = ("probability", "calibration error", "slope", "intercept", "Brier score", "log loss")
    rows = [("of the network", *_calibration(test))]
    if test.calibrated is not None:
        rows.append(("calibrated", *_calibration(test.calibrated)))
    return (
        f"{_CALIBRATORS[method]} (`calibrator` in bundle.json). The decision doesn't use it. "
        f"On test:\n\n{table(columns, rows)}\n\n{_IDEAL}"
    )


def _ranking(scores: Ranking) -> tuple[str, str]:
    return (
        with_interval(scores.roc_auc, scores.roc_auc_interval),
        with_interval(scores.pr_auc, scores.pr_auc_interval),
    )


def _calibration(scores: SplitScores | CalibratedScores) -> tuple[str, ...]:
    return (
        f"{scores.calibration_error:.3f}",
        with_interval(scores.calibration_slope, scores.calibration_slope_interval),
        with_interval(scores.calibration_intercept, scores.calibration_intercept_interval),
        f"{scores.brier_score:.3f}",
        f"{scores.log_loss:.3f}",
    )
