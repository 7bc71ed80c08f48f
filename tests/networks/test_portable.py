"""Layers that run otherwise than Keras spells them, and compute the same."""

from typing import Any

import numpy as np
import pytest

from lesion_pipeline.networks.folding import folded
from lesion_pipeline.networks.portable import (
    PortableGelu,
    PortableLayerNormalization,
    portable,
)
from lesion_pipeline.tf.load import keras, tf
from lesion_pipeline.training.training_copy import training_copy

X = np.random.default_rng(0).normal(size=(4, 5, 6)).astype(np.float32)


def norm(**options: Any) -> Any:
    """A layer normalisation with weights as after a training."""
    layer, generator = keras.layers.LayerNormalization(**options), np.random.default_rng(1)
    layer.build(X.shape)
    layer.set_weights([generator.uniform(0.5, 1.5, w.shape) for w in layer.weights])
    return layer


@pytest.mark.parametrize(
    "options", [{}, {"epsilon": 0.5}, {"axis": (1, 2)}, {"scale": False}, {"center": False}]
)
def test_layer_normalisation_is_keras_own(options: dict[str, Any]) -> None:
    plain = norm(**options)
    other = PortableLayerNormalization.from_config(plain.get_config())
    other.build(X.shape)
    other.set_weights(plain.get_weights())
    np.testing.assert_allclose(other(X), plain(X), atol=1e-5)


def test_layer_normalisation_by_hand() -> None:
    layer = PortableLayerNormalization(epsilon=0.25)
    found = layer(np.array([[1.0, 3.0, 5.0, 7.0]], np.float32)).numpy()
    np.testing.assert_allclose(found, np.array([[-3, -1, 1, 3]]) / np.sqrt(5.25), rtol=1e-6)


def test_gelu_is_keras_own_over_the_whole_line() -> None:
    x = np.concatenate([np.linspace(-12, 12, 4801), [-1e6, 0, 1e6]]).astype(np.float32)
    found, wanted = PortableGelu("gelu")(x).numpy(), keras.activations.gelu(x).numpy()
    np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("layer", [norm(), keras.layers.Activation("gelu")])
def test_gradients_are_those_of_keras_own(layer: Any) -> None:
    other = portable(layer).from_config(layer.get_config())
    other.build(X.shape)
    other.set_weights(layer.get_weights())
    found = []
    for each in (layer, other):
        x = tf.constant(X)
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(each(x) ** 3)
        found.append(tape.gradient(loss, x).numpy())
    assert np.any(found[0])
    np.testing.assert_allclose(found[0], found[1], atol=1e-4 * np.abs(found[0]).max())


def test_only_these_layers_are_replaced() -> None:
    assert portable(norm()) is PortableLayerNormalization
    assert portable(keras.layers.Activation("gelu")) is PortableGelu
    assert portable(keras.layers.Activation("swish")) is keras.layers.Activation
    assert portable(keras.layers.Dense(1)) is keras.layers.Dense


def test_networks_run_and_train_with_them() -> None:
    x = keras.Input((5, 6))
    outputs = keras.layers.Activation("gelu")(norm()(x))
    model = keras.Model(x, keras.layers.Dense(1, activation="sigmoid")(outputs))
    for copy in (folded(model), training_copy(model)):
        kinds = {type(layer) for layer in copy.layers}
        assert {PortableLayerNormalization, PortableGelu} <= kinds
        np.testing.assert_allclose(copy(X), model(X), atol=1e-5)
    assert {type(layer).__module__.split(".")[0] for layer in model.layers} == {"keras"}
