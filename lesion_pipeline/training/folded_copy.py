"""A folded copy of a network that is trained on, traced once and not after each epoch."""

from typing import Any

import numpy as np

from lesion_pipeline.networks.folding import fill, structure
from lesion_pipeline.tf.load import keras


class VariableRescaling(keras.layers.Rescaling):  # type: ignore[misc]
    """A Rescaling whose factor and offset are weights, where Keras' are constants of the graph."""

    def __init__(self, channels: int, name: str) -> None:
        """Begin with no change of the last axis, of so many channels."""
        ones, zeros = np.ones(channels, np.float32), np.zeros(channels, np.float32)
        factor, offset = (keras.Variable(start, trainable=False) for start in (ones, zeros))
        super().__init__(factor, offset, name=name)


class FoldedCopy:
    """What `folded` returns, with weights that can be set anew.

    Its outputs have the bytes of those of `folded(model)`.

    Attributes:
        model: the copy, a functional Keras model; it can't be saved.
    """

    def __init__(self, model: Any) -> None:
        """Copy `model`, a functional Keras model, with the weights that it has now."""
        self._original = model
        self.model = structure(model, _in_place_of)
        self.update()

    def update(self) -> None:
        """Take on the weights that the original has now."""
        fill(self._original, self.model)


def _in_place_of(norm: Any) -> VariableRescaling:
    return VariableRescaling(norm.moving_mean.shape[0], norm.name)
