"""From the outputs that training aims at to the probabilities of the collection as it is."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.core.labels import DIAGNOSES, is_malignant
from lesion_pipeline.networks.manifest import NetworkManifest
from lesion_pipeline.tf.load import keras

# An output may lie below what smoothing alone would give. It is then not taken for 0, which no
# finite number of images can prove and which would rank all such images the same, but for this
# fraction of itself. On val of HAM10000 the log loss is the same from 0 to 0.05.
LEAST: Final = 0.01
TINY: Final = 1e-300  # keeps the gradient finite where a side's probability is no float64


@dataclass(frozen=True)
class OutputCorrection:
    """Takes class weights and label smoothing out of a network's outputs.

    With weights w and smoothing e over K classes, the outputs q that minimise the loss are not the
    probabilities p of the classes, but q_k = (1 - e) w_k p_k / S + e / K, where S is the sum of
    w p over the classes: the mean of the smoothed truth, each class counted w times (for weights
    alone: Elkan 2001, The Foundations of Cost-Sensitive Learning, theorem 2). So p_k is
    proportional to (q_k - e / K) / w_k.

    Attributes:
        weights: (classes,), above 0; of benign and malignant, or of the seven diagnoses.
        label_smoothing: e, 0 to below 1.
    """

    weights: tuple[float, ...]
    label_smoothing: float

    @classmethod
    def of_network(cls, manifest: NetworkManifest) -> Self:
        """Return the correction that is part of a trained network."""
        return cls(tuple(manifest.class_weights.values()), manifest.label_smoothing)

    def apply(self, outputs: Any) -> Any:
        """Correct the symbolic outputs of a Keras model, by built-in layers and keras.ops.

        Args:
            outputs: (batch, 1), the probability of malignancy; or (batch, 7); float32.

        Returns:
            The same shape; rows of seven add up to 1.
        """
        if not self.label_smoothing and len(set(self.weights)) == 1:
            return outputs
        both = outputs.shape[-1] == 1
        classes = keras.ops.concatenate([1 - outputs, outputs], axis=-1) if both else outputs
        raised = keras.ops.maximum(classes - self._floor(), LEAST * classes)
        scale = [1 / weight for weight in self.weights]
        parts = keras.layers.Rescaling(scale, [0.0] * len(scale), name="class_weights")(raised)
        corrected = parts / keras.ops.sum(parts, axis=-1, keepdims=True)
        return corrected[:, 1:] if both else corrected

    def log_odds_gradient(
        self, logits: NDArray[np.float32], malignant: Collection[str]
    ) -> NDArray[np.float32]:
        """Return the gradient of the corrected log odds of malignancy by the logits.

        Args:
            logits: (images, 1) or (images, 7), from which the outputs are computed.
            malignant: the malignant diagnoses.

        Returns:
            float32, of the same shape.
        """
        outputs, positive = _sides(logits, malignant)
        above = outputs - self._floor() > LEAST * outputs
        slopes = np.where(above, 1.0, LEAST) / np.array(self.weights)
        parts = self._parts(outputs)
        by_output = np.zeros_like(outputs)
        for side, sign in ((positive, 1), (~positive, -1)):
            total = parts[:, side].sum(axis=1, keepdims=True)
            by_output[:, side] = sign * slopes[:, side] / np.maximum(total, TINY)
        mean = (outputs * by_output).sum(axis=1, keepdims=True)
        gradient = outputs * (by_output - mean)
        return np.asarray(gradient[:, -logits.shape[1] :], np.float32)

    def log_odds(
        self, logits: NDArray[np.float32], malignant: Collection[str]
    ) -> NDArray[np.float64]:
        """Return the corrected log odds of malignancy (images,); arguments as above."""
        outputs, positive = _sides(logits, malignant)
        parts = self._parts(outputs)
        both = [np.maximum(parts[:, side].sum(axis=1), TINY) for side in (positive, ~positive)]
        return np.asarray(np.log(both[0]) - np.log(both[1]))

    def _parts(self, outputs: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what is proportional to the corrected probability of each class."""
        raised = np.maximum(outputs - self._floor(), LEAST * outputs)
        return np.asarray(raised / np.array(self.weights))

    def _floor(self) -> float:
        """Return what smoothing adds to each output."""
        return self.label_smoothing / len(self.weights)


def _sides(
    logits: NDArray[np.float32], malignant: Collection[str]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the probabilities of the classes (images, classes), and which are malignant."""
    values = logits.astype(np.float64)
    positive = is_malignant(list(DIAGNOSES), malignant) == 1
    if values.shape[1] == 1:
        values = np.concatenate([np.zeros_like(values), values], axis=1)
        positive = np.array([False, True])
    outputs = np.exp(values - values.max(axis=1, keepdims=True))
    return outputs / outputs.sum(axis=1, keepdims=True), positive
