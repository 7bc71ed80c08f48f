"""Layers that TensorFlow computes otherwise on AMD than on Intel, of operations that it doesn't.

Layer normalisation and gelu rest on approximate reciprocals in TensorFlow. Here they are divisions,
spelled so that Grappler leaves them alone: it turns 1 / x and x / sqrt(y) into the approximations,
but not x / max(sqrt(y), tiny). A network is saved with Keras' own layers and run with these.
"""

from typing import Any, Final

from lesion_pipeline.tf.load import keras

_TINY: Final = 1e-30
# Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26: erf up to 1.5e-7.
_SLOPE: Final = 0.3275911
_TERMS: Final = (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592)
_FAR: Final = 10.0  # from where on erf is 1


class PortableLayerNormalization(keras.layers.LayerNormalization):  # type: ignore[misc]
    """Layer normalisation; weights and, up to rounding, values are Keras'."""

    def call(self, inputs: Any) -> Any:
        """Normalise float32 (batch, ...) over the layer's axes."""
        ops = keras.ops
        centred = inputs - ops.mean(inputs, axis=self.axis, keepdims=True)
        variance = ops.mean(ops.square(centred), axis=self.axis, keepdims=True)
        outputs = centred / ops.maximum(ops.sqrt(variance + self.epsilon), _TINY)
        outputs = outputs * self.gamma if self.scale else outputs
        return outputs + self.beta if self.center else outputs


class PortableGelu(keras.layers.Activation):  # type: ignore[misc]
    """Gelu, x times the normal distribution function of x, up to 1e-6."""

    def call(self, inputs: Any) -> Any:
        """Activate float32 of any shape."""
        return inputs * 0.5 * (1 + _erf(inputs * 0.5**0.5))


def _erf(x: Any) -> Any:
    ops = keras.ops
    size = ops.minimum(ops.abs(x), _FAR)
    below = 1 + _SLOPE * size
    # The series in 1 / below over one denominator: Grappler finds the reciprocal of 1 / below.
    above: Any = _TERMS[-1]
    for term in reversed(_TERMS[:-1]):
        above = above * below + term
    squared = ops.square(below)
    quotient = above / ops.maximum(squared * squared * below, _TINY)
    return ops.sign(x) * (1 - quotient * ops.exp(-ops.square(size)))


def portable(layer: Any) -> type[Any]:
    """Return the class with which a layer runs: of this module, or its own."""
    if type(layer) is keras.layers.LayerNormalization:
        return PortableLayerNormalization
    if type(layer) is keras.layers.Activation and layer.activation is keras.activations.gelu:
        return PortableGelu
    return type(layer)
