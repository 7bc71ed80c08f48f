import pytest

from lesion_pipeline.bundle.card.scores import calibration_section, scores_section
from lesion_pipeline.scores.results import (
    CalibratedScores,
    Decisions,
    Evaluation,
    LesionScores,
    Resamples,
    SplitScores,
)

RANKING = {
    "roc_auc": 0.85, "roc_auc_interval": (0.75, 0.95),
    "pr_auc": 0.7, "pr_auc_interval": (0.5, 0.875),
}  # fmt: skip
LOSSES = {
    "brier_score": 0.1, "brier_score_interval": (0.05, 0.15),
    "log_loss": 0.3, "log_loss_interval": (0.2, 0.4),
}  # fmt: skip
CALIBRATION = {
    "calibration_slope": 1.25, "calibration_slope_interval": (1.0, 1.5),
    "calibration_intercept": 0.5, "calibration_intercept_interval": (-0.5, 1.0),
    "calibration_error": 0.0625,
}  # fmt: skip
VAL = SplitScores(
    **RANKING, **LOSSES, **CALIBRATION, images=12, malignant=4,
    lesions=LesionScores(**RANKING, **LOSSES, count=10, malignant=3),
    at_threshold=Decisions(
        threshold=0.5, accuracy=0.5, precision=0.5, recall=0.5, specificity=0.5, f1_score=0.5,
        tp=2, tn=4, fp=4, fn=2,
    ),
    baselines={},
)  # fmt: skip
AFTER = CalibratedScores(
    **LOSSES,
    **CALIBRATION
    | {"calibration_error": 0.03125, "calibration_slope": None, "calibration_slope_interval": None},
)
TEST = VAL.model_copy(update={"images": 15, "calibrated": AFTER})
EVALUATION = Evaluation(
    resamples=Resamples(samples=20, seed=1), calibration_bins=10, val=VAL, test=TEST
)


def rows(section: str) -> list[str]:
    return [line for line in section.splitlines() if line.startswith("| ")]


def test_scores_of_val_and_test() -> None:
    assert rows(scores_section(EVALUATION))[1:] == [
        "| val | 12 | 4 | 0.850 (0.750 to 0.950) | 0.700 (0.500 to 0.875) | 0.100 | 0.300 |",
        "| test | 15 | 4 | 0.850 (0.750 to 0.950) | 0.700 (0.500 to 0.875) | 0.100 | 0.300 |",
    ]


def test_val_of_a_network_with_folds_is_said_to_be_out_of_fold() -> None:
    section = scores_section(EVALUATION, out_of_fold=True)
    assert rows(section)[1].startswith("| val (out of fold) | 12 | 4 |")
    assert rows(section)[2].startswith("| test | 15 | 4 |")
    assert "each predicted by the members that were not trained on it" in section
    assert "out of fold" not in scores_section(EVALUATION)


def test_calibration_before_and_after_the_calibrator() -> None:
    section = calibration_section(TEST, "platt")
    assert "(Platt scaling), turns the probability into a calibrated one (`calibrator`" in section
    assert rows(section)[1:] == [
        "| of the network | 0.062 | 1.250 (1.000 to 1.500) | 0.500 (-0.500 to 1.000) "
        "| 0.100 | 0.300 |",
        "| calibrated | 0.031 | undefined | 0.500 (-0.500 to 1.000) | 0.100 | 0.300 |",
    ]


@pytest.mark.parametrize(
    ("method", "text"),
    [
        ("isotonic", "(isotonic regression), turns the probability into a calibrated one"),
        ("none", "The probability is used as the network outputs it (`calibrator`"),
    ],
)
def test_other_calibrators(method: str, text: str) -> None:
    assert text in calibration_section(TEST, method)
