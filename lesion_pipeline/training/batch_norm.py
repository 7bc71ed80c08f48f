"""Batch normalisation for training, of operations that are the same on every processor.

TensorFlow's own, fused or not, multiplies by an approximate reciprocal square root, which AMD and
Intel round differently. Here it is a division by a square root, spelled so that Grappler leaves it
alone: it turns 1 / x and x / sqrt(y) into the approximations, but not x / max(sqrt(y), tiny). The
gradient is written out: it reads the batch fewer times than a derived one.
"""

from typing import Any, Final

from lesion_pipeline.tf.load import keras, tf

_TINY: Final = 1e-30


class PortableBatchNormalization(keras.layers.BatchNormalization):  # type: ignore[misc]
    """Batch normalisation of the last axis; weights and, up to rounding, values are Keras'."""

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Normalise (batch, ..., channels), float32.

        In training by the batch's own statistics, which also move the running ones; a layer that
        is not trainable always uses the running ones.
        """
        count = inputs.shape[-1:]
        gamma = tf.convert_to_tensor(self.gamma) if self.scale else tf.ones(count)
        beta = tf.convert_to_tensor(self.beta) if self.center else tf.zeros(count)
        if not (training and self.trainable):
            factor = gamma / deviation(tf.convert_to_tensor(self.moving_variance), self.epsilon)
            return (inputs - self.moving_mean) * factor + beta
        normalised, mean, variance = normalise(inputs, gamma, beta, self.epsilon)
        for running, seen in ((self.moving_mean, mean), (self.moving_variance, variance)):
            running.assign_sub((running - seen) * (1 - self.momentum))
        return normalised


def deviation(variance: Any, epsilon: float) -> Any:
    """Return sqrt(variance + epsilon) as a divisor that Grappler leaves alone."""
    return tf.maximum(tf.sqrt(variance + epsilon), _TINY)


def normalise(x: Any, gamma: Any, beta: Any, epsilon: float) -> tuple[Any, Any, Any]:
    """Normalise a batch by its own mean and (biased) variance.

    Args:
        x: float32 (batch, ..., channels).
        gamma: float32 (channels,), the factor.
        beta: float32 (channels,), the offset.
        epsilon: added to the variance.

    Returns:
        The normalised batch; mean and variance (channels,), through which no gradient goes.
    """
    axes = list(range(len(x.shape) - 1))

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def normalised(x: Any, gamma: Any, beta: Any) -> Any:
        mean = tf.reduce_mean(x, axes)
        centred = x - mean
        variance = tf.reduce_mean(tf.square(centred), axes)
        divisor = deviation(variance, epsilon)

        def gradient(dy: Any, *_: Any) -> tuple[Any, Any, Any]:
            size = tf.cast(tf.size(x) // tf.shape(x)[-1], tf.float32)
            along = tf.reduce_sum(dy, axes)
            across = tf.reduce_sum(dy * centred, axes) / divisor
            slope = across / (size * divisor)
            dx = (dy - along / size - centred * slope) * (gamma / divisor)
            return dx, across, along

        return (centred * (gamma / divisor) + beta, mean, variance), gradient

    result, mean, variance = normalised(x, gamma, beta)
    return result, tf.stop_gradient(mean), tf.stop_gradient(variance)
