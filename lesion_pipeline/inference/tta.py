"""Test-time views: what a network says of an image's mirrored and turned copies, averaged."""

from typing import Any, Literal

from lesion_pipeline.tf import keras

# The plain image; beside it the mirrored ones; beside those all four transposed.
Views = Literal[1, 4, 8]


def average_views(network: Any, views: Views) -> Any:
    """Wrap a network so that it says the mean over views of each image.

    A lesion has no up or down, so all views are as good; the wrapper takes and gives what the
    network does, at `views` times the work.

    Args:
        network: a Keras model from uint8 RGB (batch, size, size, 3) to probabilities.
        views: 1: the network itself; 4: plain, mirrored, upside down, both; 8: these, and
            transposed.

    Returns:
        A Keras model of built-in layers, with `network` as one of its layers.
    """
    if views == 1:
        return network
    image = keras.Input(network.input.shape[1:], dtype="uint8", name="image")
    seen = [image] if views == 4 else [image, keras.layers.Permute((2, 1, 3))(image)]
    for axis in (1, 2):
        seen += [keras.ops.flip(view, axis=axis) for view in seen]
    said = keras.layers.Average()([network(view) for view in seen])
    return keras.Model(image, said, name=f"{network.name}_{views}_views")
