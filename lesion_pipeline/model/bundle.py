"""The exported bundle: a folder that is all one needs to use the network."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError, field_validator

from lesion_pipeline.data.images import Resize
from lesion_pipeline.errors import BundleError, DataError, ModelError
from lesion_pipeline.files import read_json, write_json
from lesion_pipeline.labels import CLASSES
from lesion_pipeline.model.archive import load_network
from lesion_pipeline.model.target import outputs
from lesion_pipeline.params import Section
from lesion_pipeline.score.calibrator import Calibrator

MODEL: Final = "model.keras"
MANIFEST: Final = "bundle.json"


class ImageContract(Section):
    """What the network takes: uint8 RGB, 0 to 255, (batch, size, size, 3), not scaled further."""

    size: int = Field(ge=1)
    resize: Resize
    channels: Literal["RGB"] = "RGB"
    dtype: Literal["uint8"] = "uint8"


class BundleManifest(Section):
    """All facts of a bundle.

    `outputs` names the network's columns: malignant alone, or the seven diagnoses, of which the
    malignant ones add up to the probability of malignancy. An image is called malignant when that
    is at least `threshold`; `calibrator` then tells what frequency of malignancy that probability
    stands for in data like val's.
    """

    format: Literal[1] = 1
    name: str = Field(min_length=1)
    classes: tuple[Literal["benign"], Literal["malignant"]] = Field(CLASSES, strict=False)
    outputs: tuple[str, ...] = Field(strict=False)
    image: ImageContract
    threshold: float = Field(ge=0, le=1)
    calibrator: Calibrator
    operating_point: dict[str, Any]
    network: dict[str, Any]
    data: dict[str, Any]
    metrics: dict[str, Any]

    @field_validator("outputs")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if names not in (outputs("binary"), outputs("diagnosis")):
            raise ValueError("expected malignant alone, or the seven diagnoses in their order")
        return names


@dataclass(frozen=True)
class Bundle:
    """A bundle, ready for use.

    Attributes:
        model: a Keras model from uint8 RGB images to probabilities.
        manifest: facts.
    """

    model: Any
    manifest: BundleManifest

    @classmethod
    def load(cls, folder: Path) -> "Bundle":
        """Read a bundle; nothing in it is run as code.

        Raises:
            BundleError: a file is missing or damaged, or the manifest lacks a field or has a
                wrong one; names it. There is no default threshold.
        """
        if not folder.is_dir():
            raise BundleError(f"no bundle at {folder}: run `dvc repro` or name another one")
        try:
            manifest = BundleManifest.model_validate(read_json(folder / MANIFEST))
            return cls(load_network(folder / MODEL), manifest)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"])
            raise BundleError(f"{folder / MANIFEST}: {field}: {first['msg']}") from None
        except (DataError, ModelError) as error:
            raise BundleError(f"incomplete bundle: {error}") from None

    def predict(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Give the probabilities that `manifest.outputs` names; labels.malignancy sums them up.

        Args:
            images: uint8 RGB (batch, size, size, 3), 0 to 255, sized as `manifest.image` says.

        Returns:
            float32 (batch, outputs), 0 to 1.

        Raises:
            BundleError: the images have another shape or type.
        """
        size = self.manifest.image.size
        if images.dtype != np.uint8 or images.shape[1:] != (size, size, 3):
            raise BundleError(
                f"expected images uint8 (batch, {size}, {size}, 3), "
                f"received {images.dtype} {images.shape}"
            )
        return np.asarray(self.model.predict_on_batch(images))


def write_bundle(folder: Path, network: Path, manifest: BundleManifest) -> None:
    """Write model and manifest into an existing folder; `network` is a .keras file."""
    shutil.copyfile(network, folder / MODEL)
    write_json(folder / MANIFEST, manifest.model_dump(mode="json"))
