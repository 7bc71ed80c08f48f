"""An operating point with made-up rates."""

from lesion_pipeline.scores.results import DecisionRates, OperatingPoint, Rates

NOTHING = DecisionRates(
    accuracy=1, f1_score=1, tp=1, tn=1, fp=0, fn=0, sensitivity=1, sensitivity_interval=(0, 1),
    specificity=1, specificity_interval=(0, 1), ppv=1, ppv_interval=(0, 1), npv=1,
    npv_interval=(0, 1),
)  # fmt: skip
RATES = Rates(**dict(NOTHING), lesions=NOTHING)
POINT = OperatingPoint(
    threshold=0.5, policy="target_sensitivity", target=0.9, val=RATES, test=RATES
)
