"""Sections `evaluate`, `threshold` and `summary`."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from lesion_pipeline.core.params import Section

Policy = Literal["target_sensitivity", "target_sensitivity_lower_bound", "youden", "cost", "fixed"]

CalibrationMethod = Literal["platt", "isotonic", "none"]

TargetSensitivity = Annotated[float, Field(gt=0, le=1)]
Threshold = Annotated[float, Field(gt=0, lt=1)]


class EvaluateParams(Section):
    """How val and test are scored, whatever the operating point.

    Attributes:
        threshold: at which accuracy, precision and recall are reported.
        calibration: how a calibrator is fitted on val.
        calibration_bins: bins of the calibration curve and error, of equally many images.
        decision_range: the lowest and the highest threshold of the decision curve.
        bootstrap_samples: resamples of the lesions, for the 95 % intervals.
        seed: seed of the resamples.
    """

    threshold: float = Field(ge=0, le=1)
    calibration: CalibrationMethod
    calibration_bins: int = Field(ge=2)
    decision_range: tuple[Threshold, Threshold] = Field(strict=False)
    bootstrap_samples: int = Field(ge=1)
    seed: int = Field(ge=0)

    @field_validator("decision_range")
    @classmethod
    def _rising_range(cls, between: tuple[float, float]) -> tuple[float, float]:
        if between[0] >= between[1]:
            raise ValueError("expected a lower threshold before a higher one")
        return between


class CostParams(Section):
    """The costs of mistakes, in any unit; only their ratio matters."""

    miss: float = Field(gt=0)
    false_alarm: float = Field(gt=0)


class ThresholdParams(Section):
    """How the operating point is chosen on val.

    Attributes:
        policy: the rule that chooses.
        target_sensitivity: for the two policies of that name.
        cost: for the policy cost.
        fixed: for the policy fixed, the threshold itself.
        report: target sensitivities whose thresholds are listed side by side.
    """

    policy: Policy
    target_sensitivity: TargetSensitivity
    cost: CostParams
    fixed: float = Field(ge=0, le=1)
    report: tuple[TargetSensitivity, ...] = Field(strict=False)


class SummaryParams(Section):
    """What is reported at the operating point.

    Attributes:
        min_lesions_for_auc: a subgroup with fewer benign or malignant lesions has no ROC-AUC.
        age_bands: years where an age band begins, rising.
        prevalences: malignant parts of the lesions at which predictive values are given.
    """

    min_lesions_for_auc: int = Field(ge=1)
    age_bands: tuple[Annotated[int, Field(gt=0)], ...] = Field(min_length=1, strict=False)
    prevalences: tuple[Annotated[float, Field(gt=0, lt=1)], ...] = Field(strict=False)

    @field_validator("age_bands")
    @classmethod
    def _rising(cls, begins: tuple[int, ...]) -> tuple[int, ...]:
        if list(begins) != sorted(set(begins)):
            raise ValueError("expected years that rise")
        return begins
