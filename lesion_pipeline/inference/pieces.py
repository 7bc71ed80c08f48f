"""A trained network as the pieces that training used: the frozen part, and what was trained."""

from collections.abc import Iterable, Iterator
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.features.cut import components_of, trained_part
from lesion_pipeline.frozen.frozen_part import FrozenPart
from lesion_pipeline.inference.run import run_network
from lesion_pipeline.networks.folding import folded
from lesion_pipeline.networks.manifest import NetworkManifest
from lesion_pipeline.networks.network import TrainedNetwork


class Pieces:
    """Runs a network so that its outputs are those that training scored.

    Attributes:
        cut: where the frozen part ends; `input` if all of the network runs as one piece: it was
            trained on images, from the start or in the second phase.
    """

    def __init__(self, network: TrainedNetwork, workers: int) -> None:
        """Divide `network`; `workers`: batches in each piece at a time."""
        self._network, self._workers = network, workers
        self.cut = untouched_up_to(network.manifest)
        self._rest = folded(trained_part(network.model, network, self.cut))

    def from_stored(self, stored: Iterable[Any]) -> NDArray[np.float32]:
        """Return the outputs (images, outputs) for batches of what `embed` stored."""
        return run_network(self._rest, iter(stored), self._workers)

    def from_images(self, batches: Iterable[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """Return the outputs (images, outputs) for batches of uint8 images."""
        return self.from_stored(self._frozen(batches))

    def _frozen(self, batches: Iterable[NDArray[np.uint8]]) -> Iterator[Any]:
        if self.cut == "input":
            return iter(batches)
        features = self._network.manifest.features
        outputs = FrozenPart(self._network, self.cut, features, self._workers).outputs(batches)
        components = components_of(self._network.model) if self.cut == "top" else None
        return outputs if components is None else map(components.of, outputs)


def untouched_up_to(manifest: NetworkManifest) -> Literal["top", "input"] | int:
    """Return up to where the best state's layers are those that `embed` ran."""
    return "input" if manifest.best.phase == "fine_tune" else manifest.cut
