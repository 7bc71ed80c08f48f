"""Watching training: scores on val after each epoch, and the best state over all phases."""

from collections.abc import Collection
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.core.errors import ModelError
from lesion_pipeline.core.labels import malignancy
from lesion_pipeline.evaluation.metrics import ranking_metrics

SCORE: Final = "val_pr_auc"


class Best:
    """The state of a model at its best PR-AUC on val, and the history of all epochs.

    Attributes:
        history: a dict an epoch, in order.
        facts: epoch, phase and scores of the best one.
        weights: of the model, then.
    """

    def __init__(self, model: Any) -> None:
        """Watch `model`, a Keras model."""
        self.history: list[dict[str, Any]] = []
        self.facts: dict[str, Any] = {}
        self.weights: list[NDArray[Any]] = model.get_weights()
        self._model = model

    def see(self, phase: str, figures: dict[str, float]) -> None:
        """Note an epoch; keep the weights if it is the best so far (first of equals)."""
        row = {"epoch": len(self.history) + 1, "phase": phase, **figures}
        self.history.append(row)
        if figures[SCORE] > self.facts.get(SCORE, -1):
            scores = {key: value for key, value in row.items() if key.startswith("val_")}
            self.facts = {"epoch": row["epoch"], "phase": phase, **scores}
            self.weights = self._model.get_weights()

    def facts_kept(self) -> dict[str, Any]:
        """Give history and facts, as `restore` takes them beside the weights."""
        return {"history": self.history, "best": self.facts}

    def restore(self, facts: dict[str, Any], weights: list[NDArray[Any]]) -> None:
        """Go on from what an interrupted training had seen."""
        self.history, self.facts, self.weights = facts["history"], facts["best"], weights

    def waited(self, phase: str) -> int:
        """Count the epochs of a phase since the best one of that phase."""
        scores = [row[SCORE] for row in self.history if row["phase"] == phase]
        return len(scores) - 1 - int(np.argmax(scores)) if scores else 0


def score(
    phase: str,
    labels: NDArray[np.int64],
    outputs: NDArray[np.floating[Any]],
    malignant: Collection[str],
) -> dict[str, float]:
    """Score what a network says of val: val_roc_auc and val_pr_auc of malignancy.

    Raises:
        ModelError: it says nothing finite any more.
    """
    if not np.isfinite(outputs).all():
        raise ModelError(f"training diverged in phase {phase}: lower its learning rate")
    figures = ranking_metrics(labels, malignancy(outputs, malignant))
    return {f"val_{name}": value for name, value in figures.items()}
