"""A copy of a network that is quicker to train, with the same weights in the same order.

Keras spells batch normalisation out in a dozen operations; TensorFlow has one for it. On a CPU a
training step of EfficientNet-Lite takes two thirds of the time (benchmarks/architectures.py). The
copy is only trained; its weights go back to the network of built-in layers, which is what is
scored, saved and exported.
"""

from typing import Any

from lesion_pipeline.tf import keras, tf


class FusedBatchNormalization(keras.layers.BatchNormalization):  # type: ignore[misc]
    """Batch normalisation of the last axis by one operation."""

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Normalise (batch, channels) or (batch, rows, columns, channels), float32.

        In training by the batch's own statistics, which also move the running ones; a layer that
        is not trainable always uses the running ones.
        """
        learning = bool(training) and self.trainable
        flat = len(inputs.shape) == 2
        image = inputs[:, None, None, :] if flat else inputs
        count = image.shape[-1:]
        normalised, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=image,
            scale=self.gamma if self.scale else tf.ones(count),
            offset=self.beta if self.center else tf.zeros(count),
            mean=self.moving_mean,
            variance=self.moving_variance,
            epsilon=self.epsilon,
            is_training=learning,
        )
        if learning:
            self.moving_mean.assign_sub((self.moving_mean - mean) * (1 - self.momentum))
            # The operation gives the unbiased variance; Keras keeps the biased one.
            size = tf.cast(tf.size(image) / tf.shape(image)[-1], tf.float32)
            biased = variance * (size - 1) / size
            self.moving_variance.assign_sub((self.moving_variance - biased) * (1 - self.momentum))
        return normalised[:, 0, 0, :] if flat else normalised


def training_twin(model: Any) -> Any:
    """Copy a functional Keras model with its weights, its batch normalisation fused."""
    twin = keras.models.clone_model(model, clone_function=_copy, recursive=True)
    twin.set_weights(model.get_weights())
    return twin


def _copy(layer: Any) -> Any:
    fused = type(layer) is keras.layers.BatchNormalization
    return (FusedBatchNormalization if fused else type(layer)).from_config(layer.get_config())
