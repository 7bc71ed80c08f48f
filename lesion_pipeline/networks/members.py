"""Several networks as one: what they share, the members after it, and the mean of these.

Each member is a layer of its own, a Keras model named member_1, member_2 ...; so layers of two
members may have the same name. All is made of built-in layers.
"""

from collections.abc import Sequence
from typing import Any, Final

from lesion_pipeline.tf.load import keras

_MEMBER: Final = "member_"
_MEAN: Final = "mean_of_members"


def averaged(shared: Any, parts: Sequence[Any], name: str) -> Any:
    """Join members into one network.

    Args:
        shared: a Keras model from an image to what every member reads; or a symbolic image
            (keras.Input), if the members read images. Its layers are those of the result.
        parts: the members, Keras models from that to probabilities (batch, outputs), with the
            correction of their outputs in them. Their layers are copied.
        name: of the network.

    Returns:
        A Keras model from the image to the mean of the members' probabilities.
    """
    image, read = (
        (shared.input, shared.output) if isinstance(shared, keras.Model) else (shared, shared)
    )
    members = [_copy(part, f"{_MEMBER}{number}") for number, part in enumerate(parts, start=1)]
    return keras.Model(image, _mean([member(read) for member in members]), name=name)


def member_layers(model: Any) -> list[Any]:
    """Return the members of what `averaged` made, in their order; none of another network."""
    names = {layer.name for layer in model.layers}
    if _MEAN not in names:
        return []
    found = [layer for layer in model.layers if layer.name.startswith(_MEMBER)]
    return sorted(found, key=lambda layer: int(layer.name.removeprefix(_MEMBER)))


def some_members(model: Any, places: Sequence[int]) -> Any:
    """Return the network of some members, counted from 0, of what `averaged` made.

    Its layers are those of `model`.
    """
    outputs = model.get_layer(_MEAN).input
    chosen = [outputs[place] for place in places]
    return keras.Model(model.input, _mean(chosen), name=model.name)


def _mean(outputs: Sequence[Any]) -> Any:
    return keras.layers.Average(name=_MEAN)(outputs) if len(outputs) > 1 else outputs[0]


def _copy(model: Any, name: str) -> Any:
    """Copy a Keras model and its weights under another name."""
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    return keras.Model(copy.input, copy.output, name=name)
