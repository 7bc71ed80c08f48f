"""Score the predictions for val and test, whatever the operating point."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from lesion_pipeline.core.labels import CLASSES, DIAGNOSES, PROBABILITY, LesionRule
from lesion_pipeline.evaluation.baseline import baselines
from lesion_pipeline.evaluation.calibration import calibration, calibration_error, fit_calibrator
from lesion_pipeline.evaluation.calibration_curve import calibration_curve
from lesion_pipeline.evaluation.calibrator import Calibrator
from lesion_pipeline.evaluation.class_report import (
    accuracies,
    class_report,
    confusion_counts,
    has_diagnoses,
    most_probable,
)
from lesion_pipeline.evaluation.decision import decision_table
from lesion_pipeline.scores.params import EvaluateParams
from lesion_pipeline.scores.results import (
    Decisions,
    Evaluation,
    LesionScores,
    Resamples,
    SplitScores,
)
from lesion_pipeline.statistics.bootstrap import Estimate, losses, ranking, with_intervals
from lesion_pipeline.statistics.curves import (
    calibration_table,
    confusion_table,
    curve_bins,
    distribution_table,
    pr_table,
    roc_table,
)
from lesion_pipeline.statistics.lesions import by_lesion
from lesion_pipeline.statistics.metrics import (
    Labels,
    Probabilities,
    arrays,
    confusion,
    decision_metrics,
)


@dataclass(frozen=True)
class EvaluationOutcome:
    """The scores of val and test with their curves, and a calibrator.

    Attributes:
        evaluation: the scores.
        tables: curves and reports, named <table>_<split>: roc, pr, calibration (bins),
            calibration_curve, distribution, decision, report; of a network that predicts diagnoses
            also diagnoses and confusion_diagnoses; and calibrated_test and calibrated_curve_test,
            after the calibrator.
        calibrator: fitted on val.
    """

    evaluation: Evaluation
    tables: dict[str, pd.DataFrame]
    calibrator: Calibrator

    def __str__(self) -> str:
        """Return the main scores, one line per split, and a warning where lesions are few."""
        scores = {"val": self.evaluation.val, "test": self.evaluation.test}
        lines = [f"{split}: {_headline(values)}" for split, values in scores.items()]
        return "\n".join([*lines, *filter(None, [self.evaluation.warning()])])


def evaluate(
    val: pd.DataFrame,
    test: pd.DataFrame,
    collection: pd.DataFrame,
    params: EvaluateParams,
    rule: LesionRule = "mean",
) -> EvaluationOutcome:
    """Score val and test, and fit a calibrator on val.

    Args:
        val: one row per image: image_id, lesion_id, dx, label (0 or 1), probability (0 to 1), and
            the probability of each diagnosis if the network predicts them; and fold, if each
            image was predicted by members that were trained on the other folds.
        test: likewise, without fold.
        collection: one row per image of the split, for the baselines (see baseline.baselines) and
            for the frequencies of the diagnoses in train.
        params: threshold of the decision metrics, method of calibration, bins of the calibration
            curve, resamples and seed of the intervals.
        rule: the probability of a lesion with several images.

    Raises:
        DataError: the predictions can't be scored; see metrics.check and lesions.by_lesion. An
            image isn't in the collection. Or no resample has both classes; see
            bootstrap.percentile_interval.
    """
    splits = {"val": val, "test": test}
    scored = {split: arrays(table) for split, table in splits.items()}
    calibrator = fit_calibrator(*scored["val"], params.calibration)
    calibrated = calibrator.apply(test[PROBABILITY])  # on val, its training data, it would flatter
    image_ids = {split: table["image_id"] for split, table in splits.items()}
    folds = val.set_index("image_id")["fold"] if "fold" in val else None
    baseline = baselines(collection, image_ids, folds)
    train = collection.loc[_trained(collection, folds), "dx"]
    frequencies = {str(dx): int(count) for dx, count in train.value_counts().items()}
    evaluation = Evaluation(
        resamples=_resamples(params),
        calibration_bins=params.calibration_bins,
        val=_scores(val, baseline["val"], {}, frequencies, params, rule),
        test=_scores(test, baseline["test"], {"calibrated": calibrated}, frequencies, params, rule),
    )
    tables = {
        f"{name}_{split}": made
        for split, table in splits.items()
        for name, made in _tables(table, params).items()
    }
    after = _calibration_tables(test.assign(**{PROBABILITY: calibrated}), params)
    tables |= {"calibrated_test": after["calibration"]}
    tables |= {"calibrated_curve_test": after["calibration_curve"]}
    tables["decision_test"] = _decision_table(test, {"calibrated": calibrated}, params)
    return EvaluationOutcome(evaluation, tables, calibrator)


def _trained(collection: pd.DataFrame, folds: pd.Series | None) -> pd.Series:
    """Tell which images of the collection the network was trained on."""
    if folds is None:
        return collection["split"] == "train"
    return collection["image_id"].isin(folds.index)


def _headline(scores: SplitScores) -> str:
    shown = []
    for name, value, (low, high) in (
        ("ROC-AUC", scores.roc_auc, scores.roc_auc_interval),
        ("PR-AUC", scores.pr_auc, scores.pr_auc_interval),
    ):
        shown.append(f"{name} {value:.4f} [95 %: {low:.3f} to {high:.3f}]")
    return f"{', '.join(shown)} ({scores.images} images, {scores.malignant} malignant)"


def _resamples(params: EvaluateParams) -> Resamples:
    return Resamples(samples=params.bootstrap_samples, seed=params.seed)


def _scores(
    table: pd.DataFrame,
    baseline: Mapping[str, Probabilities],
    calibrated: Mapping[str, Probabilities],
    frequencies: Mapping[str, int],
    params: EvaluateParams,
    rule: LesionRule,
) -> SplitScores:
    """Score a split: the network, the baselines, and probabilities after calibration, by name."""
    lesions = lesion_scores(table, rule, _resamples(params))
    labels, probabilities = arrays(table)
    estimates = _estimates(table, baseline, calibrated, frequencies)
    intervals = with_intervals(estimates, table["lesion_id"], _resamples(params))
    scores: dict[str, Any] = dict(intervals)
    for name, values in {"network": probabilities, **calibrated}.items():
        error = calibration_error(labels, values, params.calibration_bins)
        scores[name]["calibration_error"] = error
    return SplitScores.model_validate(
        {
            "images": len(table),
            "malignant": int(labels.sum()),
            **scores.pop("network"),
            "lesions": lesions,
            "at_threshold": _decisions(labels, probabilities, params.threshold),
            "baselines": {name: scores.pop(name) for name in baseline},
            **scores,
        }
    )


def _estimates(
    table: pd.DataFrame,
    baseline: Mapping[str, Probabilities],
    calibrated: Mapping[str, Probabilities],
    frequencies: Mapping[str, int],
) -> dict[str, Estimate]:
    labels, probabilities = arrays(table)
    network = ranking(labels, probabilities) | losses(labels, probabilities)
    return {
        "network": network | calibration(labels, probabilities),
        **{
            name: losses(labels, values) | calibration(labels, values)
            for name, values in calibrated.items()
        },
        **(_accuracies(table, frequencies) if has_diagnoses(table) else {}),
        **{name: ranking(labels, values) for name, values in baseline.items()},
    }


def _accuracies(table: pd.DataFrame, frequencies: Mapping[str, int]) -> dict[str, Estimate]:
    return {
        "diagnoses": accuracies(table),
        "diagnoses_by_frequency": accuracies(table, frequencies),
    }


def lesion_scores(table: pd.DataFrame, rule: LesionRule, resamples: Resamples) -> LesionScores:
    """Score a table of images with one probability per lesion; see lesions.by_lesion."""
    lesions = by_lesion(table, rule)
    return scores_by_lesion(lesions, lesions["lesion_id"], resamples)


def scores_by_lesion(
    lesions: pd.DataFrame, clusters: pd.Series, resamples: Resamples
) -> LesionScores:
    """Score lesions.

    Args:
        lesions: one row per lesion: label (0 or 1) and probability (0 to 1).
        clusters: (lesions,), what the intervals take as independent: the lesion, or its patient.
        resamples: of the clusters.
    """
    labels, probabilities = arrays(lesions)
    estimates = {"lesions": ranking(labels, probabilities) | losses(labels, probabilities)}
    scores = with_intervals(estimates, clusters, resamples)["lesions"]
    return LesionScores.model_validate(
        {"count": len(lesions), "malignant": int(labels.sum()), **scores}
    )


def _decisions(labels: Labels, probabilities: Probabilities, threshold: float) -> Decisions:
    counts = confusion(labels, probabilities, threshold)
    rates = decision_metrics(counts)
    return Decisions(
        threshold=threshold,
        accuracy=rates["accuracy"],
        precision=rates["ppv"],
        recall=rates["sensitivity"],
        specificity=rates["specificity"],
        f1_score=rates["f1_score"],
        **counts,
    )


def _tables(table: pd.DataFrame, params: EvaluateParams) -> dict[str, pd.DataFrame]:
    labels, probabilities = arrays(table)
    decided = confusion_table(labels, probabilities, params.threshold)
    tables = {
        "roc": roc_table(labels, probabilities),
        "pr": pr_table(labels, probabilities),
        **_calibration_tables(table, params),
        "distribution": distribution_table(labels, probabilities),
        "decision": _decision_table(table, {}, params),
        "report": class_report(decided["actual"], decided["predicted"], CLASSES),
    }
    if has_diagnoses(table):
        names, predicted = list(DIAGNOSES), most_probable(table)
        tables["diagnoses"] = class_report(table["dx"], predicted, names)
        tables["confusion_diagnoses"] = confusion_counts(table["dx"], predicted, names)
    return tables


def _calibration_tables(table: pd.DataFrame, params: EvaluateParams) -> dict[str, pd.DataFrame]:
    (labels, probabilities), lesions = arrays(table), table["lesion_id"]
    bins = curve_bins(params.calibration_bins, len(table))
    curve = calibration_curve(labels, probabilities, lesions, _resamples(params))
    return {
        "calibration": calibration_table(labels, probabilities, bins, lesions),
        "calibration_curve": curve,
    }


def _decision_table(
    table: pd.DataFrame, others: Mapping[str, Probabilities], params: EvaluateParams
) -> pd.DataFrame:
    labels, probabilities = arrays(table)
    return decision_table(
        labels,
        {"network": probabilities, **others},
        params.decision_range,
        table["lesion_id"],
        _resamples(params),
    )
