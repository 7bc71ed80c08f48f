"""Copies of an image over which predictions are averaged."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from lesion_pipeline.inference.tta import average_copies, turned, turned_back
from lesion_pipeline.networks.archive import load_network, save_network
from lesion_pipeline.tf.load import keras

IMAGES = np.random.default_rng(0).integers(0, 256, (3, 6, 6, 3), dtype=np.uint8)
Turn = Callable[[NDArray[np.uint8]], NDArray[np.uint8]]
FLIPS: list[Turn] = [
    lambda x: x,
    lambda x: x[:, ::-1],
    lambda x: x[:, :, ::-1],
    lambda x: x[:, ::-1, ::-1],
]
ALL: list[Turn] = [*FLIPS, *(lambda x, f=flip: f(x.transpose(0, 2, 1, 3)) for flip in FLIPS)]


def network() -> keras.Model:
    """A network that weighs each pixel differently."""
    keras.utils.set_random_seed(1)
    image = keras.Input((6, 6, 3), dtype="uint8", name="image")
    flat = keras.layers.Flatten()(keras.layers.Rescaling(1 / 255)(image))
    return keras.Model(image, keras.layers.Dense(7, activation="softmax")(flat), name="net")


def test_one_copy_is_the_network_itself() -> None:
    model = network()
    assert average_copies(model, 1) is model


@pytest.mark.parametrize(("copies", "turns"), [(4, FLIPS), (8, ALL)])
def test_the_mean_over_turned_images(copies: int, turns: list[Turn]) -> None:
    model = network()
    wanted = np.mean([model(turn(IMAGES).copy()) for turn in turns], axis=0)
    whole = average_copies(model, copies)  # type: ignore[arg-type]
    np.testing.assert_allclose(whole(IMAGES), wanted, atol=1e-6)
    for turn in turns:
        np.testing.assert_allclose(whole(turn(IMAGES).copy()), wanted, atol=1e-6)
    assert np.abs(wanted - model(IMAGES)).max() > 0.01


def test_the_wrapper_is_saved_with_the_network_inside(tmp_path: Path) -> None:
    model = network()
    whole = average_copies(model, 4)
    save_network(whole, tmp_path / "whole.keras")
    again = load_network(tmp_path / "whole.keras")
    np.testing.assert_array_equal(again(IMAGES), whole(IMAGES))
    np.testing.assert_array_equal(again.get_layer("net")(IMAGES), model(IMAGES))


@pytest.mark.parametrize("copies", [1, 4, 8])
def test_the_turned_images_are_those_that_the_wrapper_averages(copies: int) -> None:
    model, found = network(), turned(IMAGES, copies)  # type: ignore[arg-type]
    assert len(found) == copies and len({copy.tobytes() for copy in found}) == copies
    mean = np.mean([model(copy.copy()) for copy in found], axis=0)
    np.testing.assert_allclose(average_copies(model, copies)(IMAGES), mean, atol=1e-6)  # type: ignore[arg-type]


@pytest.mark.parametrize("copies", [1, 4, 8])
def test_maps_of_copies_are_turned_back(copies: int) -> None:
    maps = np.random.default_rng(1).normal(size=(3, 6, 6))
    made = [copy[..., 0] for copy in turned(maps[..., None], copies)]  # type: ignore[arg-type]
    assert len(made) == copies
    np.testing.assert_allclose(turned_back(made), maps)
