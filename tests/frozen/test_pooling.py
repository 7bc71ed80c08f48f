"""Mean and deviation of maps."""

import numpy as np

from lesion_pipeline.features.feature_tensor import feature_tensor
from lesion_pipeline.frozen.pooling import pooled
from lesion_pipeline.tf.load import keras


def test_mean_and_deviation_by_hand() -> None:
    x = np.array([1, 3, 5, 7], np.float32).reshape(1, 2, 2, 1)
    mean, deviation = pooled([x], "multilevel")[0]
    assert mean == 4
    assert deviation == np.float32(np.sqrt(5 + 1e-6))  # (9 + 1 + 1 + 9) / 4
    assert pooled([x], "last").tolist() == [[4.0]]


def test_the_order_is_that_of_the_layers_of_the_exported_network() -> None:
    one, other = keras.Input((4, 3, 2), name="one"), keras.Input((2, 2, 5), name="other")
    outputs = [keras.layers.Identity(name=f"{x.name}_map")(x) for x in (one, other)]
    model = keras.Model([one, other], outputs)
    layers = keras.Model(model.input, feature_tensor(model, ["one_map", "other_map"], "multilevel"))
    generator = np.random.default_rng(0)
    maps = [generator.normal(size=(3, *x.shape[1:])).astype(np.float32) for x in (one, other)]
    found = pooled(maps, "multilevel")
    assert found.dtype == np.float32 and found.shape == (3, 2 * (2 + 5))
    np.testing.assert_allclose(found, layers(maps), rtol=1e-5, atol=1e-6)


def test_an_image_does_not_depend_on_those_beside_it() -> None:
    x = np.random.default_rng(0).normal(size=(3, 7, 7, 16)).astype(np.float32)
    alone = np.concatenate([pooled([image[None]], "multilevel") for image in x])
    np.testing.assert_array_equal(pooled([x], "multilevel"), alone)
