"""Test-time augmentation: predictions averaged over mirrored and transposed copies of an image."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.inference.params import Copies
from lesion_pipeline.tf.load import keras


def average_copies(network: Any, copies: Copies) -> Any:
    """Wrap a network so that it returns the mean over copies of each image.

    A lesion has no up or down, so all copies are equally good. Inputs and outputs of the wrapper
    are those of the network; it does `copies` times the work.

    Args:
        network: a Keras model from uint8 RGB (batch, size, size, 3) to probabilities.
        copies: 1: the network itself; 4: plain, mirrored, upside down, both; 8: these, and
            transposed.

    Returns:
        A Keras model of built-in layers, with `network` as one of its layers.
    """
    if copies == 1:
        return network
    image = keras.Input(network.input.shape[1:], dtype="uint8", name="image")
    images = [image] if copies == 4 else [image, keras.layers.Permute((2, 1, 3))(image)]
    for axis in (1, 2):
        images += [keras.ops.flip(copy, axis=axis) for copy in images]
    mean = keras.layers.Average()([network(copy) for copy in images])
    return keras.Model(image, mean, name=f"{network.name}_tta{copies}")


def turned(images: NDArray[np.uint8], copies: Copies) -> list[NDArray[np.uint8]]:
    """Return the copies of some images (images, size, size, 3) that `average_copies` averages."""
    found = [images] if copies < 8 else [images, images.transpose(0, 2, 1, 3)]
    if copies > 1:
        for axis in (1, 2):
            found += [np.flip(copy, axis) for copy in found]
    return found


def turned_back(maps: list[NDArray[Any]]) -> NDArray[np.float64]:
    """Return the mean of maps (images, size, size) of the copies of `turned`, turned back.

    Args:
        maps: one array per copy, in the order of `turned`.
    """
    images, size = maps[0].shape[:2]
    places = np.arange(size * size).reshape(1, size, size, 1)
    copies: Any = len(maps)
    total = np.zeros((images, size * size))
    for values, place in zip(maps, turned(places, copies), strict=True):
        total[:, place.ravel()] += values.reshape(images, -1)
    return total.reshape(images, size, size) / len(maps)
