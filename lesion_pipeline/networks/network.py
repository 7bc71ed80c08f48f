"""Networks as stages hand them on: a folder with a .keras file and a manifest."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Final, Self

import pandas as pd

from lesion_pipeline.core.files import read_csv, write_csv
from lesion_pipeline.networks.archive import load_network, save_network
from lesion_pipeline.networks.manifest import BackboneManifest, NetworkManifest
from lesion_pipeline.tf.load import keras

NETWORK: Final = "network.keras"
NETWORK_MANIFEST: Final = "manifest.json"
FOLDS: Final = "folds.csv"


@dataclass(frozen=True)
class Network:
    """A network without a head, and what is known about it.

    Attributes:
        model: a Keras model that takes uint8 RGB (batch, size, size, 3), 0 to 255.
        manifest: the facts.
    """

    model: Any
    manifest: BackboneManifest
    manifest_type: ClassVar[type[BackboneManifest]] = BackboneManifest

    def copy(self) -> Self:
        """Return a network with layers and weights of its own."""
        model = keras.models.clone_model(self.model)
        model.set_weights(self.model.get_weights())
        return replace(self, model=model)

    def save(self, folder: Path) -> None:
        """Write both into an existing folder."""
        save_network(self.model, folder / NETWORK)
        self.manifest.write(folder / NETWORK_MANIFEST)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote.

        Raises:
            ModelError: the network is missing or damaged; names the file.
            DataError: the manifest is missing or a key is wrong; names the file and the key.
        """
        manifest = cls.manifest_type.read(folder / NETWORK_MANIFEST)
        return cls(load_network(folder / NETWORK), manifest)


@dataclass(frozen=True)
class TrainedNetwork(Network):
    """A network with its head: from one copy of an image to probabilities.

    Attributes:
        model: a Keras model that ends in (batch, outputs), float32, 0 to 1.
        manifest: the facts, those of its training included.
        folds: image_id (str) and fold (int64, from 1) of each image that its members were trained
            on in turn; None: there are no folds.
    """

    manifest: NetworkManifest
    manifest_type: ClassVar[type[NetworkManifest]] = NetworkManifest
    folds: pd.DataFrame | None = None

    def save(self, folder: Path) -> None:
        """Write all that there is into an existing folder."""
        super().save(folder)
        if self.folds is not None:
            write_csv(folder / FOLDS, self.folds)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote; raise as `Network.load`."""
        network = super().load(folder)
        if not network.manifest.out_of_fold:
            return network
        folds = read_csv(folder / FOLDS, image_id="str", fold="int64")
        return cls(network.model, network.manifest, folds)
