"""Score the predictions for val and test."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field

from lesion_pipeline import charts
from lesion_pipeline.labels import LABEL, PROBABILITY
from lesion_pipeline.params import Section
from lesion_pipeline.score.bootstrap import ranking_intervals
from lesion_pipeline.score.curves import calibration_table, confusion_table, pr_table, roc_table
from lesion_pipeline.score.metrics import (
    Labels,
    Probabilities,
    confusion,
    decision_metrics,
    probability_metrics,
    ranking_metrics,
)


class EvaluateParams(Section):
    """What is reported beside the curves."""

    threshold: float = Field(ge=0, le=1)
    calibration_bins: int = Field(ge=2)
    bootstrap_samples: int = Field(ge=1)
    seed: int = Field(ge=0)


@dataclass(frozen=True)
class Evaluation:
    """What came of val and test.

    Attributes:
        metrics: figures by split, to be written as they are.
        tables: curves, named <curve>_<split>: roc, pr, calibration, confusion.
    """

    metrics: dict[str, dict[str, Any]]
    tables: dict[str, pd.DataFrame]

    def __str__(self) -> str:
        """Say the figures people ask for first."""
        return "\n".join(
            f"{split}: ROC-AUC {_spread(of, 'roc_auc')}, PR-AUC {_spread(of, 'pr_auc')} "
            f"({of['images']} images, {of['malignant']} malignant)"
            for split, of in self.metrics.items()
        )

    def curves(self, name: str) -> dict[str, pd.DataFrame]:
        """Give a curve's tables by split."""
        return {split: self.tables[f"{name}_{split}"] for split in self.metrics}


def evaluate(predictions: dict[str, pd.DataFrame], params: EvaluateParams) -> Evaluation:
    """Score each split.

    Args:
        predictions: by split a table with a row an image: lesion_id, label (0 or 1),
            probability (0 to 1).
        params: threshold of the decision metrics, bins of the calibration curve, resamples and
            seed of the intervals.

    Raises:
        DataError: the predictions can't be scored; see metrics.check. Or no resample has both
            classes; see bootstrap.percentile_interval.
    """
    metrics: dict[str, dict[str, Any]] = {}
    tables: dict[str, pd.DataFrame] = {}
    for split, table in predictions.items():
        labels = table[LABEL].to_numpy(np.int64)
        scores = table[PROBABILITY].to_numpy(np.float64)
        intervals = ranking_intervals(
            labels, scores, table["lesion_id"], params.bootstrap_samples, params.seed
        )
        metrics[split] = _metrics(labels, scores, intervals, params.threshold)
        tables |= {
            f"roc_{split}": roc_table(labels, scores),
            f"pr_{split}": pr_table(labels, scores),
            f"calibration_{split}": calibration_table(labels, scores, params.calibration_bins),
            f"confusion_{split}": confusion_table(labels, scores, params.threshold),
        }
    return Evaluation(metrics, tables)


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
    return {
        "roc": charts.roc_chart(evaluation.curves("roc"), roc_auc),
        "precision_recall": charts.pr_chart(evaluation.curves("pr"), pr_auc, prevalence),
        "calibration": charts.calibration_chart(evaluation.curves("calibration")),
        "history": charts.history_chart(history, kept),
        "confusion_matrix": charts.confusion_chart(decisions, decisions["test"]["threshold"]),
    }


def _spread(figures: dict[str, Any], name: str) -> str:
    low, high = figures[f"{name}_interval"]
    return f"{figures[name]:.4f} [95 %: {low:.3f} to {high:.3f}]"


def _metrics(
    labels: Labels, scores: Probabilities, intervals: dict[str, list[float]], threshold: float
) -> dict[str, Any]:
    counts = confusion(labels, scores, threshold)
    rates = decision_metrics(counts)
    ranking = ranking_metrics(labels, scores)
    return {
        "images": len(labels),
        "malignant": int(labels.sum()),
        "roc_auc": ranking["roc_auc"],
        "roc_auc_interval": intervals["roc_auc"],
        "pr_auc": ranking["pr_auc"],
        "pr_auc_interval": intervals["pr_auc"],
        **probability_metrics(labels, scores),
        "at_threshold": {
            "threshold": threshold,
            "accuracy": rates["accuracy"],
            "precision": rates["ppv"],
            "recall": rates["sensitivity"],
            "specificity": rates["specificity"],
            "f1_score": rates["f1_score"],
            **counts,
        },
    }
