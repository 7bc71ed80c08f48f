"""The copy that is trained, against the network of Keras' own layers."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from lesion_pipeline.networks.network import Network
from lesion_pipeline.tf.load import keras, tf
from lesion_pipeline.training.batch_norm import PortableBatchNormalization
from lesion_pipeline.training.head import build_head, probabilities
from lesion_pipeline.training.params import HeadParams
from lesion_pipeline.training.training_copy import training_copy
from tests.tiny import SIZE

HIGHEST = np.linspace(30, 256, 10)[:, None, None, None]  # dark images and bright ones
IMAGES = np.random.default_rng(0).uniform(0, HIGHEST, (10, 8, 8, 3)).astype(np.uint8)
HEAD = HeadParams(units=(6,), dropout=(0.0, 0.0), batch_norm_momentum=0.8)


def network(dropout: float = 0.0) -> keras.Model:
    """Normalised maps below a nested head with normalised vectors; no weight is at its start."""
    layers = keras.layers
    image = keras.Input((8, 8, 3), dtype="uint8", name="image")
    x = layers.Rescaling(1 / 127.5, offset=-1)(image)
    x = layers.Conv2D(4, 3, use_bias=False, name="conv")(x)
    x = layers.BatchNormalization(momentum=0.9, epsilon=0.01, name="norm")(x)
    x = layers.ReLU(name="stage")(x)
    x = layers.Conv2D(5, 3, name="later")(x)
    x = layers.BatchNormalization(momentum=0.9, scale=False, name="no_scale")(x)
    x = layers.GlobalAveragePooling2D()(x)
    head = build_head(5, HEAD.model_copy(update={"dropout": (dropout, 0.0)}), "diagnosis")
    model = keras.Model(image, head(x))
    generator = np.random.default_rng(1)
    for weight in model.weights:
        noise = generator.uniform(0.2, 1, weight.shape)  # variances must stay positive
        weight.assign(noise if "variance" in weight.path else noise - 0.5)
    return model


def outputs(model: Any, inputs: NDArray[Any], training: bool) -> NDArray[np.float32]:
    return model(inputs, training=training).numpy()


def said(copy: Any, inputs: NDArray[Any], training: bool) -> NDArray[np.float32]:
    """Return the probabilities of a copy, which ends in logits."""
    return probabilities(copy(inputs, training=training)).numpy()


def running(model: Any) -> dict[str, NDArray[np.float32]]:
    return {w.path: w.numpy() for w in model.non_trainable_weights}


@pytest.mark.parametrize("training", [False, True])
def test_a_copy_computes_the_same(training: bool) -> None:
    model = network()
    copy = training_copy(model)
    wanted = outputs(model, IMAGES, training)
    np.testing.assert_allclose(said(copy, IMAGES, training), wanted, atol=1e-5)
    assert np.ptp(wanted, axis=0).max() > 0.01  # images differ by far more


def test_training_and_inference_are_told_apart() -> None:
    copy = training_copy(network())
    assert np.abs(outputs(copy, IMAGES, True) - outputs(copy, IMAGES, False)).max() > 0.01


def test_running_statistics_move_as_those_of_keras() -> None:
    model = network()
    copy = training_copy(model)
    before = running(copy)
    for _ in range(2):
        outputs(model, IMAGES, True), outputs(copy, IMAGES, True)
    wanted, found = running(model), running(copy)
    assert len(found) == 6  # mean and variance of three layers
    for path, values in zip(wanted, found.values(), strict=True):
        np.testing.assert_allclose(values, wanted[path], rtol=1e-4, atol=1e-6)
    for one, other in zip(before.values(), found.values(), strict=True):
        assert (one != other).any()


def test_inference_moves_nothing() -> None:
    copy = training_copy(network())
    before = copy.get_weights()
    outputs(copy, IMAGES, False)
    for one, other in zip(before, copy.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_vector_alone_has_no_variance() -> None:
    vector = keras.Input((3,))
    model = keras.Model(vector, keras.layers.BatchNormalization(momentum=0.5)(vector))
    copy, x = training_copy(model), np.array([[1.0, -2.0, 3.0]], np.float32)
    np.testing.assert_allclose(outputs(copy, x, True), outputs(model, x, True), atol=1e-5)
    for one, other in zip(model.get_weights(), copy.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_a_frozen_layer_stays_as_it_is_in_training() -> None:
    model = network()
    model.get_layer("norm").trainable = model.get_layer("later").trainable = False
    copy = training_copy(model)
    trained = [[w.path for w in m.trainable_weights] for m in (model, copy)]
    assert len(trained[0]) == len(trained[1]) == 8
    assert not [path for path in trained[1] if path.startswith(("norm/", "later/"))]
    wanted, before = outputs(model, IMAGES, True), copy.get_layer("norm").get_weights()
    np.testing.assert_allclose(said(copy, IMAGES, True), wanted, atol=1e-5)
    for one, other in zip(before, copy.get_layer("norm").get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_gradients_are_those_of_keras() -> None:
    model = network()
    copy, truth = training_copy(model), np.eye(7, dtype=np.float32)[np.arange(10) % 7]
    found = []
    for one, finish in ((model, tf.identity), (copy, probabilities)):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(finish(one(IMAGES, training=True)) - truth))
        found.append(tape.gradient(loss, one.trainable_variables))
    for wanted, gradient in zip(*found, strict=True):
        np.testing.assert_allclose(gradient, wanted, rtol=1e-3, atol=1e-5)


def test_weights_have_the_same_order_and_are_not_shared() -> None:
    model = network()
    copy = training_copy(model)
    for one, other in zip(model.weights, copy.weights, strict=True):
        assert one.shape == other.shape and one.path.split("/")[-1] == other.path.split("/")[-1]
        np.testing.assert_array_equal(one.numpy(), other.numpy())
    trained = ([w.shape for w in m.trainable_weights] for m in (model, copy))
    assert next(trained) == next(trained)
    before = model.get_weights()
    for weight in copy.weights:
        weight.assign(weight + 1)
    for one, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_every_normalisation_is_portable_in_nested_models_too() -> None:
    copy = training_copy(network())
    kinds = {
        layer.name: type(layer)
        for layer in copy._flatten_layers()
        if isinstance(layer, keras.layers.BatchNormalization)
    }
    assert len(kinds) == 3 and set(kinds.values()) == {PortableBatchNormalization}


@pytest.mark.parametrize("training", [False, True])
def test_a_part_that_begins_at_a_map_has_a_copy(training: bool) -> None:
    model = network()
    part = keras.Model(model.get_layer("stage").output, model.output)
    maps = np.random.default_rng(2).normal(size=(10, 6, 6, 4)).astype(np.float32)
    copy = training_copy(part)
    np.testing.assert_allclose(said(copy, maps, training), outputs(part, maps, training), atol=1e-5)
    assert len(copy.weights) == len(part.weights) == len(model.weights) - 5
    for one, other in zip(running(part).values(), running(copy).values(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)


def test_dropout_drops_in_training_alone() -> None:
    copy = training_copy(network(dropout=0.5))
    np.testing.assert_array_equal(outputs(copy, IMAGES, False), outputs(copy, IMAGES, False))
    frozen = training_copy(network(dropout=0.5))
    assert (outputs(frozen, IMAGES, True) != outputs(frozen, IMAGES, True)).any()


@pytest.mark.slow
@pytest.mark.parametrize("training", [False, True])
def test_the_copy_of_a_real_network_computes_the_same(lite0: Network, training: bool) -> None:
    images = np.random.default_rng(0).integers(0, 256, (4, SIZE, SIZE, 3), dtype=np.uint8)
    model = keras.models.clone_model(lite0.model)
    model.set_weights(lite0.model.get_weights())
    wanted = outputs(model, images, training)
    np.testing.assert_allclose(
        outputs(training_copy(lite0.model), images, training), wanted, atol=1e-3 * wanted.std()
    )
