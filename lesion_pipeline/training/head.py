"""The head, from features to probabilities, and the whole network with it."""

from typing import Any

import numpy as np

from lesion_pipeline.features.components import ComponentMap
from lesion_pipeline.features.cut import features_after
from lesion_pipeline.features.feature_tensor import component_tensor
from lesion_pipeline.features.manifest import EmbeddingManifest
from lesion_pipeline.networks.network import Network
from lesion_pipeline.networks.outputs import LAST, Target, output_names
from lesion_pipeline.tf.load import keras
from lesion_pipeline.training.objective import Objective
from lesion_pipeline.training.params import HeadParams


def build_head(dims: int, params: HeadParams, target: Target, scaled: bool = False) -> Any:
    """Build the head: for each dense layer batch normalisation, dropout, dense ReLU; at the end
    dropout, a dense layer named LAST for the logits, and `probabilities` of them.

    Args:
        dims: length of a feature vector.
        params: widths and dropout rates.
        target: what it predicts.
        scaled: whether vectors need no batch normalisation before the first layer.

    Returns:
        A Keras model named `head` from (batch, dims) to (batch, 1) or (batch, 7), float32, 0 to 1.
    """
    features = x = keras.Input((dims,), name="vector")
    for units, rate in zip(params.units, params.dropout[:-1], strict=True):
        if not (scaled and x is features):
            x = keras.layers.BatchNormalization(momentum=params.batch_norm_momentum)(x)
        x = keras.layers.Dropout(rate)(x)
        x = keras.layers.Dense(units, activation="relu")(x)
    x = keras.layers.Dropout(params.dropout[-1])(x)
    logits = keras.layers.Dense(len(output_names(target)), name=LAST)(x)
    return keras.Model(features, probabilities(logits), name="head")


def probabilities(logits: Any) -> Any:
    """Return the softmax over the last axis of logits (batch, classes); of one logit the sigmoid.

    Spelled in keras.ops, so that a saved network loads without this package. TensorFlow's softmax
    multiplies by an approximate reciprocal of the sum, which AMD and Intel round differently.
    """
    if logits.shape[-1] == 1:
        return keras.ops.sigmoid(logits)
    exponentials = keras.ops.exp(logits - keras.ops.max(logits, axis=-1, keepdims=True))
    return exponentials / keras.ops.sum(exponentials, axis=-1, keepdims=True)


def assemble(
    backbone: Network,
    embeddings: EmbeddingManifest,
    params: HeadParams,
    objective: Objective,
    components: ComponentMap | None = None,
) -> Any:
    """Put a new head on a backbone, whose layers the result shares.

    Args:
        backbone: the headless network.
        embeddings: where its frozen part ends, and which features the head sees.
        params: widths and dropout rates of the head.
        objective: what it predicts, and how its outputs are corrected.
        components: from the features to what the head reads; None: the features.

    Returns:
        A Keras model from uint8 images to probabilities; its layer `head` is the head, with the
        correction.
    """
    features = features_after(backbone, embeddings.cut, embeddings.features)
    if components is not None:
        features = component_tensor(features, components)
    scaled = components is not None
    plain = build_head(features.shape[-1], params, objective.target, scaled)
    head = keras.Model(plain.input, objective.correction.apply(plain.output), name="head")
    return keras.Model(backbone.model.input, head(features), name=backbone.manifest.arch)


def count_trainable(model: Any) -> int:
    """Count the parameters that training may change."""
    return int(sum(np.prod(weight.shape) for weight in model.trainable_weights))
