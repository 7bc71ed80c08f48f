"""Score the predictions for val and test, whatever the operating point."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field

from lesion_pipeline import charts
from lesion_pipeline.core.labels import CLASSES, DIAGNOSES, LABEL, PROBABILITY
from lesion_pipeline.core.params import Section
from lesion_pipeline.evaluation.baseline import baselines
from lesion_pipeline.evaluation.bootstrap import Estimate, losses, ranking, with_intervals
from lesion_pipeline.evaluation.calibration import calibration, calibration_error, fit_calibrator
from lesion_pipeline.evaluation.calibrator import Calibrator, Method
from lesion_pipeline.evaluation.curves import (
    calibration_table,
    confusion_table,
    distribution_table,
    pr_table,
    roc_table,
)
from lesion_pipeline.evaluation.decision import decision_table
from lesion_pipeline.evaluation.lesions import by_lesion
from lesion_pipeline.evaluation.metrics import (
    Labels,
    Probabilities,
    check,
    confusion,
    decision_metrics,
)
from lesion_pipeline.evaluation.report import (
    accuracies,
    class_report,
    confusion_counts,
    has_diagnoses,
    most_probable,
)


class EvaluateParams(Section):
    """What is reported beside the curves."""

    threshold: float = Field(ge=0, le=1)
    calibration: Method
    calibration_bins: int = Field(ge=2)
    bootstrap_samples: int = Field(ge=1)
    seed: int = Field(ge=0)


@dataclass(frozen=True)
class Evaluation:
    """What came of val and test.

    Attributes:
        metrics: figures by split, to be written as they are.
        tables: curves and reports, named <kind>_<split>: roc, pr, calibration, distribution,
            decision, confusion, report; of a network that names diagnoses also diagnoses and
            confusion_diagnoses; and calibrated_test, calibration after the calibrator.
        calibrator: fitted on val.
    """

    metrics: dict[str, dict[str, Any]]
    tables: dict[str, pd.DataFrame]
    calibrator: Calibrator

    def __str__(self) -> str:
        """Say the figures people ask for first."""
        return "\n".join(
            f"{split}: ROC-AUC {_shown(of, 'roc_auc')}, PR-AUC {_shown(of, 'pr_auc')} "
            f"({of['images']} images, {of['malignant']} malignant)"
            for split, of in self.metrics.items()
        )

    def curves(self, name: str) -> dict[str, pd.DataFrame]:
        """Give a curve's tables by split."""
        return {split: self.tables[f"{name}_{split}"] for split in self.metrics}


def evaluate(
    val: pd.DataFrame, test: pd.DataFrame, collection: pd.DataFrame, params: EvaluateParams
) -> Evaluation:
    """Score val and test, and calibrate on val.

    Args:
        val: a row an image: image_id, lesion_id, dx, label (0 or 1), probability (0 to 1), and
            the probability of each diagnosis if the network gives them.
        test: likewise.
        collection: the split, a row an image, for what a model could know without looking; see
            baseline.baselines.
        params: threshold of the decision metrics, kind of calibrator, bins of the calibration
            curve, resamples and seed of the intervals.

    Raises:
        DataError: the predictions can't be scored; see metrics.check and lesions.by_lesion. An
            image isn't in the collection. Or no resample has both classes; see
            bootstrap.percentile_interval.
    """
    splits = {"val": val, "test": test}
    for table in splits.values():
        check(*_arrays(table))
    calibrator = fit_calibrator(*_arrays(val), params.calibration)
    after = calibrator.apply(test[PROBABILITY])  # of val, which it was fitted to, it would be vain
    blind = baselines(collection, {split: table["image_id"] for split, table in splits.items()})
    metrics = {
        "val": _metrics(val, blind["val"], {}, params),
        "test": _metrics(test, blind["test"], {"calibrated": after}, params),
    }
    tables = {
        f"{name}_{split}": made
        for split, table in splits.items()
        for name, made in _tables(table, params).items()
    }
    labels, before = _arrays(test)
    tables["calibrated_test"] = calibration_table(labels, after, params.calibration_bins)
    tables["decision_test"] = decision_table(labels, {"network": before, "calibrated": after})
    return Evaluation(metrics, tables, calibrator)


def draw(evaluation: Evaluation, history: pd.DataFrame, kept: int) -> dict[str, Figure]:
    """Draw the curves of all splits over each other, and how training went.

    Args:
        evaluation: what `evaluate` gave.
        history: a row an epoch of training.
        kept: the epoch whose state is the model.
    """
    metrics = evaluation.metrics
    roc_auc = {split: figures["roc_auc"] for split, figures in metrics.items()}
    pr_auc = {split: figures["pr_auc"] for split, figures in metrics.items()}
    decisions = {split: figures["at_threshold"] for split, figures in metrics.items()}
    prevalence = metrics["test"]["malignant"] / metrics["test"]["images"]
    after = evaluation.tables["calibrated_test"]
    return {
        "roc": charts.roc_chart(evaluation.curves("roc"), roc_auc),
        "precision_recall": charts.pr_chart(evaluation.curves("pr"), pr_auc, prevalence),
        "calibration": charts.calibration_chart(evaluation.curves("calibration"), after),
        "distribution": charts.distribution_chart(evaluation.curves("distribution")),
        "decision": charts.decision_chart(evaluation.curves("decision")),
        "history": charts.history_chart(history, kept),
        "confusion_matrix": charts.confusion_chart(decisions, decisions["test"]["threshold"]),
    }


def _shown(figures: dict[str, Any], name: str) -> str:
    low, high = figures[f"{name}_interval"]
    return f"{figures[name]:.4f} [95 %: {low:.3f} to {high:.3f}]"


def _arrays(table: pd.DataFrame) -> tuple[Labels, Probabilities]:
    return table[LABEL].to_numpy(np.int64), table[PROBABILITY].to_numpy(np.float64)


def _metrics(
    table: pd.DataFrame,
    blind: dict[str, Probabilities],
    after: Mapping[str, Probabilities],
    params: EvaluateParams,
) -> dict[str, Any]:
    """Give all figures of a split: of the network, of baselines, and after calibration, by name."""
    lesions, (labels, said) = by_lesion(table), _arrays(table)
    estimates = {
        "network": ranking(labels, said) | losses(labels, said) | calibration(labels, said),
        **{name: losses(labels, of) | calibration(labels, of) for name, of in after.items()},
        **({"diagnoses": accuracies(table)} if has_diagnoses(table) else {}),
        **{name: ranking(labels, of) for name, of in blind.items()},
    }
    figures: dict[str, Any] = dict(_spread(estimates, table["lesion_id"], params))
    for name, of in {"network": said, **after}.items():
        figures[name]["calibration_error"] = calibration_error(labels, of, params.calibration_bins)
    return {
        "images": len(table),
        "malignant": int(labels.sum()),
        **figures.pop("network"),
        "lesions": _lesions(lesions, params),
        "at_threshold": _decisions(labels, said, params.threshold),
        "baselines": {name: figures.pop(name) for name in blind},
        **figures,
    }


def _lesions(lesions: pd.DataFrame, params: EvaluateParams) -> dict[str, Any]:
    labels, said = _arrays(lesions)
    estimates = {"lesions": ranking(labels, said) | losses(labels, said)}
    figures = _spread(estimates, lesions["lesion_id"], params)["lesions"]
    return {"count": len(lesions), "malignant": int(labels.sum()), **figures}


def _spread(
    estimates: dict[str, Estimate], lesions: pd.Series, params: EvaluateParams
) -> dict[str, Any]:
    return dict(with_intervals(estimates, lesions, params.bootstrap_samples, params.seed))


def _tables(table: pd.DataFrame, params: EvaluateParams) -> dict[str, pd.DataFrame]:
    labels, said = _arrays(table)
    decided = confusion_table(labels, said, params.threshold)
    tables = {
        "roc": roc_table(labels, said),
        "pr": pr_table(labels, said),
        "calibration": calibration_table(labels, said, params.calibration_bins),
        "distribution": distribution_table(labels, said),
        "decision": decision_table(labels, {"network": said}),
        "confusion": decided,
        "report": class_report(decided["actual"], decided["predicted"], CLASSES),
    }
    if has_diagnoses(table):
        names, found = list(DIAGNOSES), most_probable(table)
        tables["diagnoses"] = class_report(table["dx"], found, names)
        tables["confusion_diagnoses"] = confusion_counts(table["dx"], found, names)
    return tables


def _decisions(labels: Labels, said: Probabilities, threshold: float) -> dict[str, Any]:
    counts = confusion(labels, said, threshold)
    rates = decision_metrics(counts)
    return {
        "threshold": threshold,
        "accuracy": rates["accuracy"],
        "precision": rates["ppv"],
        "recall": rates["sensitivity"],
        "specificity": rates["specificity"],
        "f1_score": rates["f1_score"],
        **counts,
    }
