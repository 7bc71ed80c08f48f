"""Where the frozen part of a network ends and the trained part begins.

The frozen part runs once for each copy of an image, in `embed`; `train` starts from its outputs.
With the cut at the top these are feature vectors, after an earlier stage the maps of that stage.
With the cut at the input nothing is frozen, and training reads images.
"""

from typing import Any, Literal

import numpy as np

from lesion_pipeline.core.errors import ModelError
from lesion_pipeline.features.components import COMPONENTS, ComponentMap
from lesion_pipeline.features.feature_tensor import feature_tensor
from lesion_pipeline.features.params import EmbedParams
from lesion_pipeline.networks.network import Network
from lesion_pipeline.networks.outputs import STANDARDISED
from lesion_pipeline.networks.params import Cut, Features
from lesion_pipeline.tf.load import keras


def actual_cut(backbone: Network, cut: Cut) -> Cut:
    """Return the cut for this network: without trained weights there is nothing to freeze.

    Raises:
        ModelError: the network has no such stage.
    """
    stages = len(backbone.manifest.stages)
    if isinstance(cut, int) and cut >= stages:
        raise ModelError(
            f"embed.cut: expected top, input, or a stage of {backbone.manifest.arch} below its "
            f"last, 1 to {stages - 1}, received {cut}"
        )
    return cut if backbone.manifest.frozen else "input"


def features_after(backbone: Network, cut: Cut, features: Features) -> Any:
    """Return the tensor of features that the head sees: from the cut on, or of all stages."""
    if backbone.manifest.vectors:
        return backbone.model.output
    stages = backbone.manifest.stages
    later = stages[cut - 1 :] if isinstance(cut, int) else stages
    return feature_tensor(backbone.model, later, features)


def frozen_maps(network: Network, cut: Literal["top"] | int, features: Features) -> Any:
    """Return the Keras model from images to the maps in which the frozen part ends.

    At the top these are the maps that are pooled: of every stage, or the last one alone.
    """
    stages = network.manifest.stages
    if cut == "top":
        ends = stages if features == "multilevel" else stages[-1:]
    else:
        ends = stages[cut - 1 : cut]
    return keras.Model(network.model.input, [network.model.get_layer(end).output for end in ends])


def stored_shape(network: Network, params: EmbedParams) -> tuple[int, ...]:
    """Return the shape of what the frozen part gives for an image; empty if nothing is frozen.

    Raises:
        ModelError: the network has no such stage.
    """
    cut = actual_cut(network, params.cut)
    if cut == "input":
        return ()
    outputs = frozen_maps(network, cut, params.features).outputs
    if cut != "top":
        return tuple(outputs[0].shape[1:])
    return ((1 if params.features == "last" else 2) * sum(each.shape[-1] for each in outputs),)


def trained_part(whole: Any, network: Network, cut: Cut) -> Any:
    """Return the part of `whole`, backbone and head, after the cut; it shares the layers.

    `network`, with a head or without, knows the stages.
    """
    if cut == "input":
        return whole
    return keras.Model(_end_of_frozen(whole, network, cut), whole.output)


def part_before(whole: Any, network: Network, cut: Cut) -> Any:
    """Return the part of `whole` before the cut; it shares the layers.

    At the input this is a symbolic image, as nothing comes before the trained part.
    """
    if cut == "input":
        return keras.Input(whole.input.shape[1:], dtype="uint8", name="image")
    return keras.Model(whole.input, _end_of_frozen(whole, network, cut))


def input_of_head(whole: Any) -> Any:
    """Return the Keras tensor that the head of a network reads: features or their components."""
    return whole.get_layer(COMPONENTS if _has_components(whole) else "features").output


def components_of(whole: Any) -> ComponentMap | None:
    """Return the map from the features of a network to what its head reads; None: the features."""
    if not _has_components(whole):
        return None
    rescaling, (axes,) = whole.get_layer(STANDARDISED), whole.get_layer(COMPONENTS).get_weights()
    factor, offset = (np.array(each, np.float32) for each in (rescaling.scale, rescaling.offset))
    return ComponentMap(factor, offset, axes)


def _has_components(whole: Any) -> bool:
    return any(layer.name == COMPONENTS for layer in whole.layers)


def _end_of_frozen(whole: Any, network: Network, cut: Literal["top"] | int) -> Any:
    if cut == "top":
        return input_of_head(whole)
    return whole.get_layer(network.manifest.stages[cut - 1]).output
