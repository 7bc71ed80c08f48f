"""A folded copy has the bytes of what `folded` makes anew."""

import numpy as np
import pytest
from numpy.typing import NDArray

from lesion_pipeline.networks.folding import folded
from lesion_pipeline.networks.network import Network
from lesion_pipeline.tf.load import keras
from lesion_pipeline.training.folded_copy import FoldedCopy, VariableRescaling
from tests import tiny

NORM = keras.layers.BatchNormalization

pytestmark = pytest.mark.slow


def change(model: keras.Model, seed: int) -> None:
    """Give all weights values as after another epoch."""
    generator = np.random.default_rng(seed)
    for weight in model.weights:
        low, high = (0.5, 1.5) if weight.name in ("gamma", "moving_variance") else (-0.5, 0.5)
        weight.assign(generator.uniform(low, high, weight.shape))


def every_place() -> keras.Model:
    """Build a network whose batch normalisation lies wherever it may lie."""
    image = keras.Input((6, 6, 3))
    x = NORM(name="first", scale=False)(image)
    x = NORM(name="into_convolution")(keras.layers.Conv2D(4, 3, use_bias=False)(x))
    x = NORM(name="into_depthwise", center=False)(keras.layers.DepthwiseConv2D(3)(x))
    x = NORM(name="after_relu")(keras.layers.Conv2D(5, 1, activation="relu")(x))
    x = keras.layers.GlobalAveragePooling2D()(x)
    vector = keras.Input((5,))
    y = keras.layers.Dropout(0.3)(NORM(name="inside")(vector))
    head = keras.Model(vector, keras.layers.Dense(2)(NORM(name="again")(y)), name="head")
    return keras.Model(image, head(x))


def batch(model: keras.Model) -> NDArray[np.float32]:
    generator = np.random.default_rng(5)
    return generator.integers(0, 256, (4, *model.input.shape[1:])).astype(model.input.dtype)


def assert_follows(model: keras.Model) -> None:
    images, copy, seen = batch(model), FoldedCopy(model), set()
    for seed in range(3):
        change(model, seed)
        copy.update()
        wanted = folded(model)(images).numpy()
        assert copy.model(images).numpy().tobytes() == wanted.tobytes()
        seen.add(wanted.tobytes())
    assert len(seen) == 3


def test_it_follows_batch_normalisation_in_every_place() -> None:
    model = every_place()
    assert_follows(model)
    copy = FoldedCopy(model).model
    kinds = {name: type(copy.get_layer(name)).__name__ for name in ("first", "after_relu")}
    assert kinds == dict.fromkeys(kinds, VariableRescaling.__name__)
    assert type(copy.get_layer("into_convolution")) is keras.layers.Identity
    assert not any(isinstance(layer, NORM) for layer in copy.get_layer("head").layers)


@pytest.mark.parametrize("arch", ["small_network", "lite0"])
def test_it_follows_a_whole_network(arch: str, request: pytest.FixtureRequest) -> None:
    network: Network = request.getfixturevalue(arch)
    assert_follows(tiny.make_untrained(network.copy()).model)


def test_it_keeps_its_weights_until_it_is_told() -> None:
    model = every_place()
    copy, images = FoldedCopy(model), batch(model)
    before = copy.model(images).numpy()
    change(model, 1)
    np.testing.assert_array_equal(copy.model(images), before)
    copy.update()
    assert np.abs(copy.model(images).numpy() - before).max() > 0.01


def test_the_original_is_unchanged() -> None:
    model = every_place()
    change(model, 1)
    before = [weight.tobytes() for weight in model.get_weights()]
    FoldedCopy(model).update()
    assert [weight.tobytes() for weight in model.get_weights()] == before
