"""The results of an evaluation as types: scores, rates, the operating point, the main figures.

Light to import: a reader of a bundle needs these types, but not the packages that compute them.
A value that is undefined is None, and so is its interval.
"""

from typing import Annotated, Final

from pydantic import Field

from lesion_pipeline.core.results import Count, Fraction, Interval, Result
from lesion_pipeline.scores.params import Policy

NotNegative = Annotated[float, Field(ge=0)]
Ends = tuple[Fraction, Fraction]  # of a 95 % interval: low, high


class Resamples(Result):
    """Resamples of the lesions, which give the intervals: how many, and the seed of the draw."""

    samples: int = Field(ge=1)
    seed: int = Field(ge=0)


class Ranking(Result):
    """How well malignant images rank above benign ones."""

    roc_auc: Fraction
    roc_auc_interval: Ends
    pr_auc: Fraction
    pr_auc_interval: Ends


class Losses(Result):
    """Brier score, and log loss in nats."""

    brier_score: Fraction
    brier_score_interval: Ends
    log_loss: NotNegative
    log_loss_interval: tuple[NotNegative, NotNegative]


class Calibration(Result):
    """Calibration slope, intercept and error; see evaluation.calibration."""

    calibration_slope: float | None
    calibration_slope_interval: Interval
    calibration_intercept: float | None
    calibration_intercept_interval: Interval
    calibration_error: Fraction


class CalibratedScores(Calibration, Losses):
    """Losses and calibration of the probabilities after the calibrator."""


# With fewer malignant lesions, figures vary so much from one collection to the next that no single
# one tells how good a network is, and a PR-AUC's interval is too narrow.
FEW_LESIONS: Final = 30


class LesionScores(Losses, Ranking):
    """Scores with one probability per lesion; see lesions.by_lesion."""

    count: Count
    malignant: Count


class Decisions(Result):
    """The decisions at evaluate.threshold: rates and counts of images."""

    threshold: Fraction
    accuracy: Fraction
    precision: Fraction
    recall: Fraction
    specificity: Fraction
    f1_score: Fraction
    tp: Count
    tn: Count
    fp: Count
    fn: Count


class Accuracies(Result):
    """Accuracy and balanced accuracy of the most probable diagnosis."""

    accuracy: Fraction
    accuracy_interval: Ends
    balanced_accuracy: Fraction
    balanced_accuracy_interval: Ends


class SplitScores(Calibration, Losses, Ranking):
    """All scores of a split that need no operating point.

    Attributes:
        images: number of images predicted.
        malignant: number of those that are malignant.
        lesions: scores by lesion.
        at_threshold: decisions at evaluate.threshold.
        baselines: ranking by logistic regression on columns of the table, by name.
        diagnoses: of the most probable diagnosis, if the network predicts the seven; else None.
        diagnoses_by_frequency: of the diagnosis that is most probable for its frequency in train,
            which has the higher balanced accuracy.
        calibrated: after the calibrator; None for val, which it was fitted to.
    """

    images: Count
    malignant: Count
    lesions: LesionScores
    at_threshold: Decisions
    baselines: dict[str, Ranking]
    diagnoses: Accuracies | None = None
    diagnoses_by_frequency: Accuracies | None = None
    calibrated: CalibratedScores | None = None


class Evaluation(Result):
    """The scores of val and test.

    Attributes:
        resamples: which the intervals come from.
        calibration_bins: of calibration curves and errors.
        val: scores of the split that everything was chosen on.
        test: scores of the split for reporting.
    """

    resamples: Resamples
    calibration_bins: Count
    val: SplitScores
    test: SplitScores

    def warning(self) -> str:
        """Return a sentence if val or test has few malignant lesions; nothing otherwise."""
        splits = {"val": self.val.lesions.malignant, "test": self.test.lesions.malignant}
        few = [f"{count} in {split}" for split, count in splits.items() if count < FEW_LESIONS]
        if not few:
            return ""
        return (
            f"Few malignant lesions ({', '.join(few)}): with fewer than {FEW_LESIONS}, scores are "
            "mostly chance, whatever their intervals."
        )


class DecisionRates(Result):
    """Rates and counts of the decisions at a threshold, on the images or lesions of a split.

    ppv and npv are None where no image is called malignant, or benign.
    """

    accuracy: Fraction
    sensitivity: Fraction
    sensitivity_interval: Ends
    specificity: Fraction
    specificity_interval: Ends
    ppv: Fraction | None
    ppv_interval: Ends | None
    npv: Fraction | None
    npv_interval: Ends | None
    f1_score: Fraction
    tp: Count
    tn: Count
    fp: Count
    fn: Count


class Rates(DecisionRates):
    """Rates and counts with one decision per image; and `lesions`: with one per lesion."""

    lesions: DecisionRates


class OperatingPoint(Result):
    """The threshold, how it was chosen on val, and the rates there and on test.

    Attributes:
        threshold: an image whose probability is at least this is called malignant.
        policy: the rule that chose it.
        target: the aim of the policy: a sensitivity, the two costs, or None (youden, fixed).
        val: rates on the split that it was chosen on.
        test: rates on the split for reporting.
    """

    threshold: Fraction
    policy: Policy
    target: float | dict[str, float] | None
    val: Rates
    test: Rates


class MainFigures(Result):
    """The figures of a split that people compare between revisions; see SplitScores and Rates.

    Attributes:
        clinical: by name, those of summary.clinical.clinical_table that are defined.
    """

    roc_auc: Fraction
    pr_auc: Fraction
    sensitivity: Fraction
    specificity: Fraction
    calibration_error: Fraction
    clinical: dict[str, Fraction]


class SummaryFigures(Result):
    """The operating point and the main figures: all that `dvc metrics diff` shows.

    Attributes:
        threshold: the operating point.
        val: figures of the split that it was chosen on.
        test: figures of the split for reporting.
        malignant: the diagnoses that count as malignant; the others are benign.
    """

    threshold: Fraction
    val: MainFigures
    test: MainFigures
    malignant: tuple[str, ...]


class Adaptation(Result):
    """What labelled images of another collection would change there, by cross-fitting.

    Attributes:
        labelled_images: how many were taken at a time.
        parts: how often; the other values are means over them, on the images not taken.
        sensitivity: at a threshold chosen on those; None: it can't be chosen.
        specificity: likewise.
        log_loss_before: of the calibrated probabilities, in nats.
        log_loss: after a correction of calibration in the large.
    """

    labelled_images: Count
    parts: Count
    sensitivity: Fraction | None
    specificity: Fraction | None
    log_loss_before: NotNegative
    log_loss: NotNegative


class ExternalScores(Calibration, Losses, Ranking):
    """The scores of another collection, at the threshold and with the calibrator of val.

    Attributes:
        images: number of images scored.
        malignant: number of those that are malignant.
        duplicates: images left out because one of the collection itself looks the same.
        unreadable: images left out because they could not be read.
        calibrated: after the calibrator.
        lesions: scores by lesion.
        rates: at the operating point.
        adaptation: None: there are too few images to try it.
    """

    images: Count
    malignant: Count
    duplicates: Count
    unreadable: Count
    calibrated: CalibratedScores
    lesions: LesionScores
    rates: Rates
    adaptation: Adaptation | None


class Validation(Result):
    """The scores of other collections by name; empty if there are none."""

    collections: dict[str, ExternalScores]
