"""The head: from features to probabilities."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from lesion_pipeline.core.params import Section
from lesion_pipeline.tf import keras
from lesion_pipeline.training.objective import Target, outputs

LAST = "probability"  # the layer that ends in probabilities


class HeadParams(Section):
    """Dense layers, dropout before each and before the output, and batch normalisation."""

    units: tuple[int, ...] = Field(strict=False)
    dropout: tuple[float, ...] = Field(strict=False)
    batch_norm_momentum: float = Field(ge=0, lt=1)

    @model_validator(mode="after")
    def _fits(self) -> "HeadParams":
        if any(unit < 1 for unit in self.units):
            raise ValueError("expected units of at least 1")
        if any(not 0 <= rate < 1 for rate in self.dropout):
            raise ValueError("expected dropout rates from 0 to below 1")
        if len(self.dropout) != len(self.units) + 1:
            raise ValueError("expected one dropout rate before each dense layer and one at the end")
        return self


def build_head(dims: int, params: HeadParams, target: Target) -> Any:
    """Build the head: for each dense layer batch normalisation, dropout, dense ReLU; at the end
    dropout and one sigmoid, or a softmax over the diagnoses.

    Args:
        dims: length of a feature vector.
        params: widths and dropout rates.
        target: what it says.

    Returns:
        A Keras model named `head` from (batch, dims) to (batch, 1) or (batch, 7), float32, 0 to 1.
    """
    features = x = keras.Input((dims,), name="vector")
    for units, rate in zip(params.units, params.dropout[:-1], strict=True):
        x = keras.layers.BatchNormalization(momentum=params.batch_norm_momentum)(x)
        x = keras.layers.Dropout(rate)(x)
        x = keras.layers.Dense(units, activation="relu")(x)
    x = keras.layers.Dropout(params.dropout[-1])(x)
    activation = "sigmoid" if target == "binary" else "softmax"
    x = keras.layers.Dense(len(outputs(target)), activation=activation, name=LAST)(x)
    return keras.Model(features, x, name="head")


def shift_logits(head: Any, shift: NDArray[np.float32]) -> None:
    """Add `shift` (outputs,) to what the last layer hands to its activation, by its biases."""
    bias = head.get_layer(LAST).bias
    bias.assign(bias + shift)
