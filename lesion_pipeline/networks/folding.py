"""Batch normalisation folded into the layers beside it, in float64.

In inference batch normalisation is a multiplication and an addition for each channel. Folded, it
costs nothing; and TensorFlow's reciprocal square root, which AMD and Intel round differently, is
not asked: numpy's square root and division are exact on every processor.
"""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.networks.portable import portable
from lesion_pipeline.tf.load import keras

Float = NDArray[np.float64]

_FOLDING: Final = (keras.layers.Conv2D, keras.layers.DepthwiseConv2D, keras.layers.Dense)


def folded(model: Any) -> Any:
    """Copy a functional Keras model without its batch normalisation.

    A BatchNormalization after a convolution or dense layer without activation goes into that layer,
    and an Identity of its name stands in its place; any other becomes a Rescaling of its name. All
    other layers keep their names, so that stages are found again. Nothing depends on the processor.

    Args:
        model: a functional Keras model, with others inside it or not; its last axis is the
            channels. Nothing in it changes.

    Returns:
        A functional Keras model of the same inputs and outputs, in inference the same function up
        to rounding in float32, made of built-in layers and those of networks.portable.
    """
    result = structure(model, _rescaling)
    fill(model, result)
    return result


def structure(model: Any, affine_layer: Callable[[Any], Any]) -> Any:
    """Copy the layers of a model as `folded` does, but not their weights.

    Args:
        model: a functional Keras model.
        affine_layer: from a BatchNormalization that goes into no other layer to the layer that
            stands in its place, of the same name.
    """
    takers = _takers(model)
    with_norm = {layer.name for layer in takers.values() if layer is not None}

    def copy(layer: Any) -> Any:
        if isinstance(layer, keras.Model):
            return structure(layer, affine_layer)
        if layer.name in takers:
            taken = takers[layer.name] is not None
            return keras.layers.Identity(name=layer.name) if taken else affine_layer(layer)
        bias = {"use_bias": True} if layer.name in with_norm else {}
        return portable(layer).from_config(layer.get_config() | bias)

    return keras.models.clone_model(model, clone_function=copy, call_function=_call)


def fill(model: Any, copy: Any) -> None:
    """Set the weights of what `structure` returned to those of `model`, folded."""
    takers = _takers(model)
    norm_of = {layer.name: name for name, layer in takers.items() if layer is not None}
    # Inputs, which have no weights, may have other names in the copy.
    for layer in (layer for layer in model.layers if layer.weights):
        own = copy.get_layer(layer.name)
        if isinstance(layer, keras.Model):
            fill(layer, own)
        elif layer.name in norm_of:
            own.set_weights(_merged(layer, model.get_layer(norm_of[layer.name])))
        elif layer.name in takers:
            if own.weights:  # neither an Identity nor constants
                own.set_weights([values.astype(np.float32) for values in affine(layer)])
        else:
            own.set_weights(layer.get_weights())


def _takers(model: Any) -> dict[str, Any]:
    """Return by batch normalisation the layer that takes it in, or None."""
    norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    return {norm.name: _foldable(norm, model) for norm in norms}


def _rescaling(norm: Any) -> Any:
    factor, offset = affine(norm)
    return keras.layers.Rescaling(factor.tolist(), offset.tolist(), name=norm.name)


def _call(layer: Any, *args: Any, **kwargs: Any) -> Any:
    if isinstance(layer, keras.layers.Identity | keras.layers.Rescaling):
        return layer(args[0])  # batch normalisation took a mask besides
    return layer(*args, **kwargs)


def affine(norm: Any) -> tuple[Float, Float]:
    """Return the factor and offset (channels,), float64, of a BatchNormalization in inference."""
    mean, variance = (np.asarray(w, np.float64) for w in (norm.moving_mean, norm.moving_variance))
    factor = 1 / np.sqrt(variance + norm.epsilon)
    if norm.scale:
        factor = factor * np.asarray(norm.gamma, np.float64)
    offset = -mean * factor
    if norm.center:
        offset = offset + np.asarray(norm.beta, np.float64)
    return factor, offset


def _merged(layer: Any, norm: Any) -> list[NDArray[np.float32]]:
    """Return kernel and bias of `layer` with `norm` in them."""
    factor, offset = affine(norm)
    kernel, *bias = (np.asarray(weight, np.float64) for weight in layer.get_weights())
    by_channel = factor
    if isinstance(layer, keras.layers.DepthwiseConv2D):  # (height, width, channels, multiplier)
        by_channel = factor.reshape(kernel.shape[2:])
    shift = bias[0] * factor + offset if bias else offset
    return [(kernel * by_channel).astype(np.float32), shift.astype(np.float32)]


def _foldable(norm: Any, model: Any) -> Any:
    """Return the layer of `model` that can take `norm` in, or None."""
    layer = norm.input._keras_history.operation
    inside = {other.name for other in model.layers}
    readers = {node.operation.name for node in layer._outbound_nodes} & inside
    plain = getattr(layer, "activation", None) is keras.activations.linear
    outputs = {tensor._keras_history.operation.name for tensor in model.outputs}
    alone = readers == {norm.name} and layer.name not in outputs
    fits = isinstance(layer, _FOLDING) and layer.name in inside and plain and alone
    return layer if fits else None
