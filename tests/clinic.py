"""The scores of another collection, written by hand."""

from typing import Any

from lesion_pipeline.scores.results import (
    CalibratedScores,
    DecisionRates,
    ExternalScores,
    LesionScores,
    Rates,
)

LOSSES: dict[str, Any] = {
    "brier_score": 0.1, "brier_score_interval": (0.05, 0.2),
    "log_loss": 0.3, "log_loss_interval": (0.2, 0.4),
}  # fmt: skip
CALIBRATION: dict[str, Any] = {
    "calibration_slope": 0.75, "calibration_slope_interval": (0.5, None),
    "calibration_intercept": None, "calibration_intercept_interval": None,
    "calibration_error": 0.1,
}  # fmt: skip
RANKING: dict[str, Any] = {
    "roc_auc": 0.8, "roc_auc_interval": (0.7, 0.9), "pr_auc": 0.6, "pr_auc_interval": (0.4, 0.7),
}  # fmt: skip
RATES: dict[str, Any] = {
    "accuracy": 0.7, "f1_score": 0.6, "tp": 1, "tn": 1, "fp": 1, "fn": 1,
    "ppv": None, "ppv_interval": None, "npv": 0.5, "npv_interval": (0, 1),
    "sensitivity": 0.9, "sensitivity_interval": (0.8, 0.95),
    "specificity": 0.5, "specificity_interval": (0.4, 0.6),
}  # fmt: skip
CLINIC = ExternalScores(
    **LOSSES, **CALIBRATION, **RANKING, images=1200, malignant=300, duplicates=1, unreadable=0,
    calibrated=CalibratedScores(**LOSSES, **CALIBRATION),
    lesions=LesionScores(**LOSSES, **RANKING, count=900, malignant=200),
    rates=Rates(**RATES, lesions=DecisionRates(**RATES)),
    adaptation=None,
)  # fmt: skip
