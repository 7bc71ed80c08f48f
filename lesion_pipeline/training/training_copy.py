"""A copy of a network for training: the same weights in the same order, other operations.

Its batch normalisation is `PortableBatchNormalization`, some layers are of networks.portable,
and it ends in logits, from which the loss is computed. The copy is used for training alone; its
weights are copied back to the network of built-in layers, which is scored, saved and exported.
"""

from typing import Any

from lesion_pipeline.networks.outputs import LAST
from lesion_pipeline.networks.portable import portable
from lesion_pipeline.tf.load import keras
from lesion_pipeline.training.batch_norm import PortableBatchNormalization


def training_copy(model: Any) -> Any:
    """Copy a functional Keras model and its weights, for training.

    Args:
        model: ends in probabilities, in the head or as the head itself; nothing in it changes.

    Returns:
        A Keras model that ends in the logits of these probabilities.
    """
    copy = keras.models.clone_model(_to_logits(model), clone_function=_copied)
    copy.set_weights(model.get_weights())
    return copy


def _to_logits(model: Any) -> Any:
    """Return a model that ends in the layer LAST, if it has one; layers are shared."""
    if LAST not in {layer.name for layer in model.layers}:
        return model
    return keras.Model(model.input, model.get_layer(LAST).output, name=model.name)


def _copied(layer: Any) -> Any:
    if isinstance(layer, keras.Model):
        return training_copy(layer)
    norm = type(layer) is keras.layers.BatchNormalization
    kind = PortableBatchNormalization if norm else portable(layer)
    return kind.from_config(layer.get_config())
