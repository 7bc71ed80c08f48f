"""Scores on val after each epoch, and the best state over all phases."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.core.errors import ModelError
from lesion_pipeline.networks.manifest import BestEpoch
from lesion_pipeline.statistics.metrics import probability_metrics, ranking_metrics
from lesion_pipeline.training.objective import Objective

SCORE: Final = "val_pr_auc"
START: Final = BestEpoch(epoch=0, phase="start", val_roc_auc=0, val_pr_auc=0)


class BestCheckpoint:
    """The weights of a model at its best PR-AUC on val, and the history of all epochs.

    Attributes:
        history: one dict per epoch, in order.
        epoch: the best one; START before the first.
        weights: of the model at that epoch.
    """

    def __init__(self, model: Any) -> None:
        """Follow `model`, a Keras model."""
        self.history: list[dict[str, Any]] = []
        self.epoch = START
        self.weights: list[NDArray[Any]] = model.get_weights()
        self._model = model

    def update(self, phase: str, figures: dict[str, float]) -> None:
        """Add an epoch to the history; keep the weights if it is the best (first of equals)."""
        row: dict[str, Any] = {"epoch": len(self.history) + 1, "phase": phase, **figures}
        self.history.append(row)
        if figures[SCORE] > self.epoch.val_pr_auc:
            self.epoch = BestEpoch(**{key: row[key] for key in BestEpoch.model_fields})
            self.weights = self._model.get_weights()

    def record(self) -> dict[str, Any]:
        """Return what `restore` takes beside the weights; it fits JSON."""
        return {"history": self.history, "best": self.epoch.model_dump()}

    def restore(self, record: dict[str, Any], weights: list[NDArray[Any]]) -> None:
        """Resume from the record of an interrupted training."""
        self.history, self.weights = record["history"], weights
        self.epoch = BestEpoch(**record["best"])

    def epochs_since_best(self, phase: str) -> int:
        """Count the epochs of a phase since the best one of that phase."""
        scores = [row[SCORE] for row in self.history if row["phase"] == phase]
        return len(scores) - 1 - int(np.argmax(scores)) if scores else 0


def score(
    phase: str, labels: NDArray[np.int64], outputs: NDArray[np.float32], objective: Objective
) -> dict[str, float]:
    """Score a network's outputs for val: val_roc_auc, val_pr_auc and val_log_loss of malignancy.

    Raises:
        ModelError: an output is not finite.
    """
    if not np.isfinite(outputs).all():
        raise ModelError(f"training diverged in phase {phase}: lower its learning rate")
    probabilities = objective.malignancy(outputs)
    loss = probability_metrics(labels, probabilities)["log_loss"]
    figures = ranking_metrics(labels, probabilities) | {"log_loss": loss}
    return {f"val_{name}": value for name, value in figures.items()}
