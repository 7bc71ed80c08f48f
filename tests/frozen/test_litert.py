"""A Keras model in LiteRT."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from lesion_pipeline.frozen.litert import LiteRunner, same_everywhere
from lesion_pipeline.tf.load import keras

IMAGES = np.random.default_rng(0).integers(0, 256, (4, 8, 8, 3), dtype=np.uint8)


def two_maps() -> keras.Model:
    keras.utils.set_random_seed(1)
    image = keras.Input((8, 8, 3), dtype="uint8", name="image")
    x = keras.layers.Rescaling(1 / 255)(image)
    wide = keras.layers.Conv2D(4, 3, activation="relu")(x)
    deep = keras.layers.Conv2D(2, 3, strides=2)(wide)
    return keras.Model(image, [deep, wide])


def test_outputs_are_keras_outputs_in_their_order() -> None:
    model = two_maps()
    run = LiteRunner(model)
    for found, wanted in zip(run(IMAGES), model(IMAGES), strict=True):
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_an_image_has_the_same_bytes_in_any_batch_and_thread() -> None:
    run = LiteRunner(two_maps())
    together = run(IMAGES)
    with ThreadPoolExecutor(3) as pool:
        alone = list(pool.map(lambda place: run(IMAGES[place : place + 1]), [0, 1, 2, 3] * 3))
    for place, maps in enumerate(alone):
        for found, wanted in zip(maps, together, strict=True):
            np.testing.assert_array_equal(found[0], wanted[place % 4])


@pytest.mark.parametrize(
    ("layer", "same"),
    [
        (keras.layers.Conv2D(2, 1, activation="relu"), True),
        (keras.layers.Conv2D(2, 1, activation="swish"), False),
        (keras.layers.Activation("sigmoid"), False),
        (keras.layers.ReLU(6.0), True),
        (keras.layers.BatchNormalization(), False),
        (keras.layers.GlobalAveragePooling2D(), False),
        (keras.ops.sqrt, False),
        (lambda x: keras.ops.flip(x, axis=-1), True),
    ],
)
def test_only_layers_that_are_the_same_everywhere_run_in_litert(layer, same: bool) -> None:  # type: ignore[no-untyped-def]
    image = keras.Input((4, 4, 2))
    assert same_everywhere(keras.Model(image, layer(image))) is same
