"""Several networks as one."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lesion_pipeline.networks.archive import load_network, save_network
from lesion_pipeline.networks.folding import folded
from lesion_pipeline.networks.members import averaged, member_layers, some_members
from lesion_pipeline.tf.load import keras

IMAGES = np.random.default_rng(0).integers(0, 256, (5, 6, 6, 3), dtype=np.uint8)


def shared() -> Any:
    image = keras.Input((6, 6, 3), dtype="uint8", name="image")
    return keras.Model(image, keras.layers.Rescaling(1 / 255, name="scale")(image))


def part(seed: int) -> Any:
    """Layers that have the same names in each member, batch normalisation among them."""
    keras.utils.set_random_seed(seed)
    pixels = keras.Input((6, 6, 3))
    x = keras.layers.Conv2D(4, 3, use_bias=False, name="conv")(pixels)
    x = keras.layers.BatchNormalization(name="norm", gamma_initializer="random_normal")(x)
    x = keras.layers.GlobalAveragePooling2D(name="features")(x)
    return keras.Model(pixels, keras.layers.Dense(7, activation="softmax", name="end")(x))


PARTS = [part(seed) for seed in (1, 2, 3)]


def mean_of(places: list[int]) -> Any:
    scaled = shared()(IMAGES)
    return np.mean([PARTS[place](scaled) for place in places], axis=0)


def test_the_probabilities_of_the_members_are_averaged() -> None:
    network = averaged(shared(), PARTS, "three")
    np.testing.assert_allclose(network(IMAGES), mean_of([0, 1, 2]), rtol=1e-6)
    assert network.name == "three" and network.get_layer("scale") is not None
    assert [layer.name for layer in member_layers(network)] == ["member_1", "member_2", "member_3"]
    assert member_layers(PARTS[0]) == []
    before = PARTS[0].get_weights()
    member_layers(network)[0].set_weights([0 * weight for weight in before])
    np.testing.assert_array_equal(PARTS[0].get_weights()[0], before[0])  # they are copies


def test_members_may_read_images() -> None:
    start = shared()
    whole = [keras.Model(start.input, each(start.output)) for each in PARTS[:2]]
    image = keras.Input((6, 6, 3), dtype="uint8", name="image")
    network = averaged(image, whole, "two")
    np.testing.assert_allclose(network(IMAGES), mean_of([0, 1]), rtol=1e-6)


@pytest.mark.parametrize("places", [[0, 2], [1], [2, 1, 0]])
def test_some_members_make_a_network_too(places: list[int], tmp_path: Path) -> None:
    file = tmp_path / "network.keras"
    save_network(averaged(shared(), PARTS, "three"), file)
    network = some_members(load_network(file), places)
    np.testing.assert_allclose(network(IMAGES), mean_of(places), rtol=1e-6)
    np.testing.assert_allclose(folded(network)(IMAGES), mean_of(places), rtol=1e-4)


def test_a_network_of_members_is_saved_with_the_same_bytes(tmp_path: Path) -> None:
    files = [tmp_path / f"{name}.keras" for name in "ab"]
    for file in files:
        save_network(averaged(shared(), PARTS, "three"), file)
    assert files[0].read_bytes() == files[1].read_bytes()


def test_more_than_nine_members_stay_in_their_order() -> None:
    network = averaged(shared(), [PARTS[place % 3] for place in range(11)], "eleven")
    assert [layer.name for layer in member_layers(network)][-2:] == ["member_10", "member_11"]
    np.testing.assert_allclose(some_members(network, [9, 10])(IMAGES), mean_of([0, 1]), rtol=1e-6)
