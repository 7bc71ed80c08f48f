"""Views of an image that a network averages."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from lesion_pipeline.inference.tta import average_views
from lesion_pipeline.networks.archive import load_network, save_network
from lesion_pipeline.networks.network import Network
from lesion_pipeline.tf import keras

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
    """A network that sees each pixel with other eyes."""
    keras.utils.set_random_seed(1)
    image = keras.Input((6, 6, 3), dtype="uint8", name="image")
    flat = keras.layers.Flatten()(keras.layers.Rescaling(1 / 255)(image))
    return keras.Model(image, keras.layers.Dense(7, activation="softmax")(flat), name="net")


def test_one_view_is_the_network_itself() -> None:
    model = network()
    assert average_views(model, 1) is model
    assert Network(model, {}).core is model


@pytest.mark.parametrize(("views", "turns"), [(4, FLIPS), (8, ALL)])
def test_the_mean_over_turned_images(views: int, turns: list[Turn]) -> None:
    model = network()
    wanted = np.mean([model(turn(IMAGES).copy()) for turn in turns], axis=0)
    whole = average_views(model, views)  # type: ignore[arg-type]
    np.testing.assert_allclose(whole(IMAGES), wanted, atol=1e-6)
    for turn in turns:
        np.testing.assert_allclose(whole(turn(IMAGES).copy()), wanted, atol=1e-6)
    assert np.abs(wanted - model(IMAGES)).max() > 0.01


def test_the_network_inside_is_found_again(tmp_path: Path) -> None:
    whole = average_views(network(), 4)
    save_network(whole, tmp_path / "whole.keras")
    again = Network(load_network(tmp_path / "whole.keras"), {"views": 4, "arch": "net"})
    np.testing.assert_array_equal(again.model(IMAGES), whole(IMAGES))
    np.testing.assert_array_equal(again.core(IMAGES), whole.get_layer("net")(IMAGES))
