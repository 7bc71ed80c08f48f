"""A network divided where its gradients are taken: at its scaled image, its stages, its logits."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.features.cut import input_of_head, part_before
from lesion_pipeline.inference.pieces import untouched_up_to
from lesion_pipeline.networks.correction import TINY, OutputCorrection
from lesion_pipeline.networks.folding import folded
from lesion_pipeline.networks.members import member_layers
from lesion_pipeline.networks.network import TrainedNetwork
from lesion_pipeline.tf.load import keras, tf


@dataclass(frozen=True)
class DividedNetwork:
    """The pieces of a network, or of the members of one.

    Attributes:
        scale: a Keras model from uint8 images to what the first layer sees.
        rest: from that to `maps` feature maps, and what each last dense layer reads.
        places: for each stage where its maps are among those; several if each member has its own.
        last: the last dense layer of each member, which computes its logits.
    """

    scale: Any
    rest: Any
    places: tuple[tuple[int, ...], ...]
    last: tuple[Any, ...]

    @property
    def maps(self) -> int:
        """How many feature maps `rest` returns."""
        return sum(map(len, self.places))

    def forward(self, scaled: Any) -> tuple[list[Any], list[Any]]:
        """Return the feature maps, and the logits of each member (images, outputs)."""
        found = self.rest(scaled, training=False)
        pairs = zip(found[self.maps :], self.last, strict=True)
        return found[: self.maps], [tf.matmul(read, by.kernel) + by.bias for read, by in pairs]


def divide(network: TrainedNetwork) -> DividedNetwork:
    """Divide a network for one copy of an image; its batch normalisation is folded."""
    model = folded(network.model)
    members = member_layers(model)
    if members:
        return _of_members(model, members, network)
    scaled = model.get_layer("scale").output
    stages = [model.get_layer(name).output for name in network.manifest.stages]
    hidden, last = _end(model, input_of_head(model))
    rest = keras.Model(scaled, [*stages, hidden])
    places = tuple((place,) for place in range(len(stages)))
    return DividedNetwork(keras.Model(model.input, scaled), rest, places, (last,))


def _of_members(model: Any, members: Sequence[Any], network: TrainedNetwork) -> DividedNetwork:
    cut = untouched_up_to(network.manifest)
    if cut == "input":
        first = members[0].get_layer("scale").output
        scale = keras.Model(members[0].input, first)
        start = read = keras.Input(first.shape[1:])
    else:
        start = model.get_layer("scale").output
        scale, read = keras.Model(model.input, start), part_before(model, network, cut).output
    shared = {layer.name: layer.output for layer in model.layers}
    ends = [_member(member, network.manifest.stages, read) for member in members]
    maps: list[Any] = []
    places = []
    for name in network.manifest.stages:
        here = [shared[name]] if name in shared else [stages[name] for stages, _, _ in ends]
        places.append(tuple(range(len(maps), len(maps) + len(here))))
        maps += here
    rest = keras.Model(start, [*maps, *(hidden for _, hidden, _ in ends)])
    return DividedNetwork(scale, rest, tuple(places), tuple(last for _, _, last in ends))


def _member(member: Any, names: Sequence[str], read: Any) -> tuple[dict[str, Any], Any, Any]:
    """Return a member's own stages by name, what its last layer reads, and that layer.

    Args:
        member: a Keras model, a layer of the network.
        names: of all stages.
        read: what it reads: scaled images if the scale is its own.
    """
    inside = {layer.name: layer.output for layer in member.layers}
    start = inside.get("scale", member.input)
    hidden, last = _end(member, input_of_head(member) if "features" in inside else member.input)
    own = [name for name in names if name in inside]
    *stages, end = keras.Model(start, [*(inside[name] for name in own), hidden])(read)
    return dict(zip(own, stages, strict=True)), end, last


def _end(model: Any, features: Any) -> tuple[Any, Any]:
    """Return what the last dense layer of a model's head reads, and that layer."""
    head = model.get_layer("head")
    # Gradients of log odds: a probability near 0 or 1 has next to none.
    last = [layer for layer in head.layers if isinstance(layer, keras.layers.Dense)][-1]
    return keras.Model(head.input, last.input)(features), last


def mean_log_odds_gradient(
    correction: OutputCorrection, logits: Sequence[NDArray[np.float32]], malignant: Sequence[str]
) -> list[NDArray[np.float32]]:
    """Return by the logits of each member the gradient of the log odds of their mean probability.

    With probabilities p of K members and their mean m it is p (1 - p) / (K m (1 - m)) times the
    gradient of a member's own log odds.

    Args:
        correction: of each member's outputs.
        logits: (images, outputs) of each member.
        malignant: the malignant diagnoses.

    Returns:
        float32, for each member of the shape of its logits.
    """
    own = [correction.log_odds_gradient(values, malignant) for values in logits]
    if len(own) == 1:
        return own
    odds = np.stack([correction.log_odds(values, malignant) for values in logits])
    positive, negative = 1 / (1 + np.exp(-odds)), 1 / (1 + np.exp(odds))
    whole = positive.mean(axis=0) * negative.mean(axis=0) * len(own)
    weights = positive * negative / np.maximum(whole, TINY)
    return [
        (weight[:, None] * gradient).astype(np.float32)
        for weight, gradient in zip(weights, own, strict=True)
    ]
