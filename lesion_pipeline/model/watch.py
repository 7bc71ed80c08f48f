"""Watching training: scores on val after each epoch, and the best state over all phases."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.errors import ModelError
from lesion_pipeline.score.metrics import ranking_metrics
from lesion_pipeline.tf import keras

SCORE = "val_pr_auc"


class Best:
    """The state of a model at its best PR-AUC on val, and the history of all epochs.

    Attributes:
        history: a dict an epoch, in order.
        facts: epoch, phase and scores of the best one.
    """

    def __init__(self, model: Any) -> None:
        """Watch `model`, a Keras model."""
        self.history: list[dict[str, Any]] = []
        self.facts: dict[str, Any] = {}
        self._model, self._weights = model, model.get_weights()

    def see(self, phase: str, logs: dict[str, float]) -> None:
        """Note an epoch; keep the weights if it is the best so far (first of equals)."""
        row = {"epoch": len(self.history) + 1, "phase": phase, **logs}
        self.history.append(row)
        if logs[SCORE] > self.facts.get(SCORE, -1):
            scores = {key: value for key, value in row.items() if key.startswith("val_")}
            self.facts = {"epoch": row["epoch"], "phase": phase, **scores}
            self._weights = self._model.get_weights()

    def restore(self, model: Any) -> None:
        """Give the best weights to `model`, the one watched or one of the same build."""
        model.set_weights(self._weights)


class Score(keras.callbacks.Callback):  # type: ignore[misc]
    """Put ROC-AUC and PR-AUC on val into the logs of each epoch; they don't depend on weights
    of classes. Must come before callbacks that read them.
    """

    def __init__(self, phase: str, val: Any, labels: NDArray[np.int64], best: Best) -> None:
        """Score predictions for `val` (inputs of the model being fitted) against `labels`."""
        super().__init__()
        self._phase, self._val, self._labels, self._best = phase, val, labels, best

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
        """Score, and tell `best`."""
        predicted = self.model.predict(self._val, batch_size=256, verbose=0)[:, 0]
        if not np.isfinite(predicted).all():
            raise ModelError(f"training diverged in phase {self._phase}: lower its learning rate")
        logs |= {f"val_{key}": v for key, v in ranking_metrics(self._labels, predicted).items()}
        figures = {key: float(value) for key, value in logs.items()}
        figures["learning_rate"] = float(self.model.optimizer.learning_rate.numpy())
        self._best.see(self._phase, figures)
