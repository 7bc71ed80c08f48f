"""Metrics of a binary classifier; malignant (1) is the positive class."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.labels import LABEL, PROBABILITY, decide

if TYPE_CHECKING:
    import pandas as pd

Labels = NDArray[np.integer[Any]]
Probabilities = NDArray[np.floating[Any]]


def check(labels: Labels, probabilities: Probabilities) -> None:
    """Refuse labels and probabilities that can't be scored.

    Raises:
        DataError: lengths differ, there are no images, a label is not 0 or 1, a class is absent,
            or a probability is not from 0 to 1.
    """
    if labels.shape != probabilities.shape or labels.ndim != 1:
        raise DataError(
            f"expected as many labels as probabilities, received shapes {labels.shape} "
            f"and {probabilities.shape}"
        )
    if set(np.unique(labels)) != {0, 1}:
        raise DataError(f"expected labels 0 and 1, both, received {np.unique(labels).tolist()}")
    wrong = ~((probabilities >= 0) & (probabilities <= 1))
    if wrong.any():
        first = int(np.flatnonzero(wrong)[0])
        raise DataError(
            f"expected probabilities from 0 to 1, received {probabilities[first]} "
            f"in row {first} ({int(wrong.sum())} in all)"
        )


def arrays(predictions: "pd.DataFrame") -> tuple[Labels, Probabilities]:
    """Return the columns label and probability of a table as (images,) int64 and float64.

    Raises:
        DataError: see `check`.
    """
    labels = predictions[LABEL].to_numpy(np.int64)
    probabilities = predictions[PROBABILITY].to_numpy(np.float64)
    check(labels, probabilities)
    return labels, probabilities


def ranking_metrics(labels: Labels, probabilities: Probabilities) -> dict[str, float]:
    """Score how well probabilities rank malignant above benign images.

    Args:
        labels: (images,), 0 or 1.
        probabilities: (images,), 0 to 1.

    Returns:
        roc_auc; and pr_auc, the average precision, i.e. the sum over thresholds of (recall step)
        * precision, as scikit-learn's `average_precision_score` computes it, not interpolated.

    Raises:
        DataError: see `check`.
    """
    check(labels, probabilities)
    scores = probabilities.astype(np.float64)
    return {
        "roc_auc": float(roc_auc_score(labels, scores)),
        "pr_auc": float(average_precision_score(labels, scores)),
    }


def probability_metrics(labels: Labels, probabilities: Probabilities) -> dict[str, float]:
    """Score probabilities by the Brier score (mean squared error) and the log loss (nats).

    Raises:
        DataError: see `check`.
    """
    check(labels, probabilities)
    scores = probabilities.astype(np.float64)
    return {
        "brier_score": float(brier_score_loss(labels, scores)),
        "log_loss": float(log_loss(labels, scores)),
    }


def confusion(labels: Labels, probabilities: Probabilities, threshold: float) -> dict[str, int]:
    """Count tp, tn, fp and fn of the decision `probability >= threshold`."""
    truth, called = labels == 1, decide(probabilities, threshold) == 1
    return {
        "tp": int((truth & called).sum()),
        "tn": int((~truth & ~called).sum()),
        "fp": int((~truth & called).sum()),
        "fn": int((truth & ~called).sum()),
    }


def decision_metrics(counts: dict[str, int]) -> dict[str, float]:
    """Compute rates from confusion counts; 0/0 is 0.

    Returns:
        accuracy, sensitivity (recall), specificity, ppv (precision), npv, f1_score; 0 to 1.
    """
    tp, tn, fp, fn = (counts[key] for key in ("tp", "tn", "fp", "fn"))
    return {
        "accuracy": _rate(tp + tn, tp + tn + fp + fn),
        "sensitivity": _rate(tp, tp + fn),
        "specificity": _rate(tn, tn + fp),
        "ppv": _rate(tp, tp + fp),
        "npv": _rate(tn, tn + fn),
        "f1_score": _rate(2 * tp, 2 * tp + fp + fn),
    }


def _rate(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
