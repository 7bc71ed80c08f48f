"""The backbone that a job has read, kept for its next trial."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lesion_pipeline.networks.network import Network
from lesion_pipeline.training.params import TrainParams


@dataclass
class KeptBackbone:
    """Reads a backbone once for trials one after the other that change nothing in it.

    A trial that trains no more than a head leaves the backbone's weights as they are. Any other is
    given a backbone of its own.
    """

    _folder: Path | None = None
    _network: Network | None = None
    _readers: list[int] = field(default_factory=list)

    @contextmanager
    def lent(self, folder: Path, head_only: bool) -> Iterator[Network]:
        """Give a trial the backbone of a folder.

        Args:
            folder: of the network; what it contains never changes.
            head_only: whether the trial trains no more than a head.

        Raises:
            ModelError: the network is missing or damaged; names the file.
            DataError: its manifest is; names the file and the key.
        """
        if not head_only:
            yield Network.load(folder)
            return
        network = self._read(folder)
        try:
            yield network
        finally:
            self._forget_readers(network.model)

    def _read(self, folder: Path) -> Network:
        if self._network is None or folder != self._folder:
            self._network = None  # before another takes its memory
            self._network, self._folder = Network.load(folder), folder
            self._readers = [len(layer._outbound_nodes) for layer in self._network.model.layers]
        return self._network

    def _forget_readers(self, model: Any) -> None:
        """Let go of the head that was put on the backbone, whose layers would keep it in memory."""
        for layer, count in zip(model.layers, self._readers, strict=True):
            del layer._outbound_nodes[count:]


def trains_head_only(params: TrainParams, cut: object) -> bool:
    """Return whether a training with a frozen part up to `cut` leaves the backbone as it is."""
    return cut == "top" and not params.fine_tune.epochs
