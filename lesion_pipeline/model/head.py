"""The head: from features to the probability of malignancy."""

from typing import Any

import numpy as np
from pydantic import Field, model_validator

from lesion_pipeline.params import Section
from lesion_pipeline.tf import keras


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


def build_head(dims: int, params: HeadParams) -> Any:
    """Build the head: for each dense layer batch normalisation, dropout, dense ReLU; at the end
    dropout and one sigmoid.

    Args:
        dims: length of a feature vector.
        params: widths and dropout rates.

    Returns:
        A Keras model named `head` from (batch, dims) to (batch, 1), float32, 0 to 1.
    """
    features = x = keras.Input((dims,), name="vector")
    for units, rate in zip(params.units, params.dropout[:-1], strict=True):
        x = keras.layers.BatchNormalization(momentum=params.batch_norm_momentum)(x)
        x = keras.layers.Dropout(rate)(x)
        x = keras.layers.Dense(units, activation="relu")(x)
    x = keras.layers.Dropout(params.dropout[-1])(x)
    x = keras.layers.Dense(1, activation="sigmoid", name="probability")(x)
    return keras.Model(features, x, name="head")


def shift_odds(head: Any, factor: float) -> None:
    """Multiply the odds that a head gives by `factor`, exactly, by moving its last bias."""
    bias = head.get_layer("probability").bias
    bias.assign(bias + np.float32(np.log(factor)))
