"""Networks as stages hand them on: a folder with a .keras file and a manifest."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from lesion_pipeline.core.files import read_json, write_json
from lesion_pipeline.networks.archive import load_network, save_network

NETWORK: Final = "network.keras"
MANIFEST: Final = "manifest.json"


@dataclass(frozen=True)
class Network:
    """A network and what there is to know of it.

    Attributes:
        model: a Keras model that takes uint8 RGB (batch, size, size, 3), 0 to 255.
        manifest: facts: at least arch, weights (requested, origin, source), image_size, stages
            (names of the layers with the features of each depth) and frozen.
    """

    model: Any
    manifest: dict[str, Any]

    def save(self, folder: Path) -> None:
        """Write both into an existing folder."""
        save_network(self.model, folder / NETWORK)
        write_json(folder / MANIFEST, self.manifest)

    @classmethod
    def load(cls, folder: Path) -> "Network":
        """Read what `save` wrote.

        Raises:
            ModelError, DataError: a file is missing or damaged; names it.
        """
        return cls(load_network(folder / NETWORK), read_json(folder / MANIFEST))

    @property
    def core(self) -> Any:
        """The Keras model for a single view of an image; `model` may average several."""
        return self.model if self.views == 1 else self.model.get_layer(self.manifest["arch"])

    @property
    def views(self) -> int:
        """How many views of an image `model` averages."""
        return int(self.manifest.get("views", 1))

    @property
    def malignant(self) -> tuple[str, ...]:
        """The diagnoses that counted as malignant when it was trained."""
        return tuple(self.manifest["malignant"])

    @property
    def kept_epoch(self) -> int:
        """The epoch of training whose state this is."""
        return int(self.manifest["best"]["epoch"])

    def trained(self) -> dict[str, Any]:
        """Give what training reports: which network on which weights, and how it went."""
        keys = (
            "arch", "weights", "target", "outputs", "malignant", "views", "cut", "features",
            "total_parameters", "trainable_parameters", "class_weights", "best", "epochs",
        )  # fmt: skip
        return {key: self.manifest[key] for key in keys}
