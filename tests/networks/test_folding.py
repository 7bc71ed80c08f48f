"""A folded network computes what the network computes, and has no batch normalisation."""

import numpy as np
import pytest

from lesion_pipeline.networks.archive import load_network, save_network
from lesion_pipeline.networks.folding import affine, folded
from lesion_pipeline.networks.network import Network
from lesion_pipeline.tf.load import keras
from tests import tiny

NORM = keras.layers.BatchNormalization


def after_training(model: keras.Model) -> keras.Model:
    """Give batch normalisation statistics as after a training."""
    generator = np.random.default_rng(1)
    for layer in model.layers:
        if isinstance(layer, NORM):
            for weight in layer.weights:
                low, high = (0.5, 1.5) if weight.name in ("gamma", "moving_variance") else (-1, 1)
                weight.assign(generator.uniform(low, high, weight.shape))
    return model


def norms(model: keras.Model) -> list[str]:
    inside = [layer for layer in model.layers if isinstance(layer, keras.Model)]
    own = [layer.name for layer in model.layers if isinstance(layer, NORM)]
    return own + [name for layer in inside for name in norms(layer)]


def assert_the_same(one: keras.Model, other: keras.Model) -> None:
    shape = (4, *one.input.shape[1:])
    x = np.random.default_rng(3).integers(0, 256, shape).astype(one.input.dtype)
    wanted, found = one(x, training=False).numpy(), other(x, training=False).numpy()
    assert np.abs(wanted - found).max() <= 1e-5 * np.abs(wanted).max()


def test_one_channel_by_hand() -> None:
    image = keras.Input((1, 1, 1))
    norm = NORM(name="norm", epsilon=0.25)
    conv = keras.layers.Conv2D(1, 1, use_bias=False, name="conv")
    model = keras.Model(image, norm(conv(image)))
    conv.set_weights([np.full((1, 1, 1, 1), 3.0)])
    norm.set_weights([np.array([v]) for v in (4.0, 1.0, 6.0, 3.75)])  # gamma, beta, mean, variance
    assert [float(v[0]) for v in affine(norm)] == [2.0, -11.0]  # 4 / sqrt(4); 1 - 6 * 2
    kernel, bias = folded(model).get_layer("conv").get_weights()
    assert kernel.ravel().tolist() == [6.0] and bias.tolist() == [-11.0]
    assert conv.get_weights()[0].ravel().tolist() == [3.0]  # the network itself is unchanged


@pytest.mark.parametrize("use_bias", [True, False])
@pytest.mark.parametrize("kind", ["conv", "depthwise", "dense"])
def test_batch_normalisation_goes_into_the_layer_before(kind: str, use_bias: bool) -> None:
    image = keras.Input((5, 5, 3))
    layer = {
        "conv": keras.layers.Conv2D(4, 3, use_bias=use_bias),
        "depthwise": keras.layers.DepthwiseConv2D(3, depth_multiplier=2, use_bias=use_bias),
        "dense": keras.layers.Dense(4, use_bias=use_bias),
    }[kind]
    model = after_training(keras.Model(image, NORM(name="norm")(layer(image))))
    light = folded(model)
    assert isinstance(light.get_layer("norm"), keras.layers.Identity)
    assert_the_same(model, light)


@pytest.mark.parametrize("activation", ["relu", "two readers", "output"])
def test_a_layer_that_others_read_keeps_its_kernel(activation: str) -> None:
    image = keras.Input((4, 4, 2))
    kernel = "relu" if activation == "relu" else None
    x = keras.layers.Conv2D(3, 1, activation=kernel, name="conv")(image)
    y = NORM(name="norm")(x)
    end = keras.layers.Add()([x, y]) if activation == "two readers" else y
    model = after_training(keras.Model(image, [end, x] if activation == "output" else end))
    light = folded(model)
    assert isinstance(light.get_layer("norm"), keras.layers.Rescaling)
    np.testing.assert_array_equal(
        light.get_layer("conv").get_weights()[0], model.get_layer("conv").get_weights()[0]
    )
    if activation != "output":
        assert_the_same(model, light)


def test_a_head_inside_is_folded_too(lite0: Network) -> None:
    model = tiny.make_untrained(lite0).model
    after_training(model.get_layer("head"))
    assert len(norms(model)) > 50
    light = folded(model)
    assert norms(light) == [] and light.name == model.name
    assert light.get_layer("head").name == "head"
    assert [layer.name for layer in light.layers] == [layer.name for layer in model.layers]
    assert_the_same(model, light)


def test_a_folded_network_is_saved_and_loaded(small_network: Network, tmp_path) -> None:  # type: ignore[no-untyped-def]
    light = folded(after_training(tiny.make_untrained(small_network).model))
    save_network(light, tmp_path / "light.keras")
    again = load_network(tmp_path / "light.keras")
    for one, other in zip(light.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert_the_same(light, again)
