import numpy as np
import pytest

from lesion_pipeline.features.feature_tensor import feature_tensor
from lesion_pipeline.networks.network import Network
from lesion_pipeline.tf.load import keras, tf
from tests.tiny import SIZE


def passing() -> keras.Model:
    image = keras.Input((2, 2, 1), name="image")
    return keras.Model(image, keras.layers.Activation("linear", name="stage")(image))


def test_mean_and_deviation_by_hand() -> None:
    model = passing()
    network = keras.Model(model.input, feature_tensor(model, ["stage"], "multilevel"))
    mean, deviation = network(np.array([[[[1.0], [2.0]], [[3.0], [6.0]]]]))[0].numpy()
    assert mean == pytest.approx(3)  # (1 + 2 + 3 + 6) / 4
    assert deviation == pytest.approx(np.sqrt(14 / 4), abs=1e-4)  # (4 + 1 + 0 + 9) / 4


def test_last_is_the_mean_of_the_last_map() -> None:
    model = passing()
    network = keras.Model(model.input, feature_tensor(model, ["stage"], "last"))
    assert network(np.array([[[[1.0], [2.0]], [[3.0], [6.0]]]])).numpy().tolist() == [[3.0]]


def test_a_dead_channel_has_a_finite_gradient() -> None:
    model = passing()
    network = keras.Model(model.input, feature_tensor(model, ["stage"], "multilevel"))
    dead = tf.zeros((1, 2, 2, 1))
    with tf.GradientTape() as tape:
        tape.watch(dead)
        total = tf.reduce_sum(network(dead))
    assert np.isfinite(tape.gradient(total, dead).numpy()).all()


def test_multilevel_has_two_numbers_per_channel_of_every_stage(lite0: Network) -> None:
    features = feature_tensor(lite0.model, lite0.manifest.stages, "multilevel")
    assert features.shape == (None, 2 * 3088)
    assert lite0.model.input.shape == (None, SIZE, SIZE, 3)
