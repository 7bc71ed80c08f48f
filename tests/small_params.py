"""Parameters of the stages that score, for collections of a few dozen images."""

from lesion_pipeline.scores.params import CostParams, EvaluateParams, SummaryParams, ThresholdParams

EVALUATE = EvaluateParams(
    threshold=0.5,
    calibration="platt",
    calibration_bins=3,
    decision_range=(0.1, 0.5),
    bootstrap_samples=20,
    seed=1,
)
THRESHOLD = ThresholdParams(
    policy="target_sensitivity", target_sensitivity=0.9, fixed=0.5, report=(0.9,),
    cost=CostParams(miss=10, false_alarm=1),
)  # fmt: skip
SUMMARY = SummaryParams(min_lesions_for_auc=4, age_bands=(30, 60), prevalences=(0.02,))

# For tables of a few rows, whose figures a test states.
EVALUATE_ROWS = EVALUATE.model_copy(update={"calibration_bins": 2, "bootstrap_samples": 50})
THRESHOLD_ROWS = THRESHOLD.model_copy(update={"policy": "fixed", "fixed": 0.375, "report": ()})
