"""The exported bundle: a folder that is all one needs to use the network.

Light to import: whoever uses a bundle by a small runtime shouldn't wait for TensorFlow.
"""

import json
from pathlib import Path
from typing import Final, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from lesion_pipeline.bundle.facts import (
    DataFacts,
    FormatFacts,
    NetworkFacts,
    OperatingPoint,
    SplitFigures,
)
from lesion_pipeline.bundle.formats import FILES, Format
from lesion_pipeline.core.errors import BundleError, DataError
from lesion_pipeline.core.files import read_json, write_json
from lesion_pipeline.core.labels import CLASSES, DIAGNOSES
from lesion_pipeline.core.params import Section
from lesion_pipeline.evaluation.calibrator import Calibrator
from lesion_pipeline.images import Resize

MANIFEST: Final = "bundle.json"
CARD: Final = "MODEL_CARD.md"


class ImageContract(Section):
    """What the network takes: uint8 RGB, 0 to 255, (batch, size, size, 3), not scaled further."""

    size: int = Field(ge=1)
    resize: Resize
    channels: Literal["RGB"] = "RGB"
    dtype: Literal["uint8"] = "uint8"


class BundleManifest(Section):
    """All facts of a bundle.

    `formats` has, by the name of each format, its file, bytes and how near it comes on val to the
    probabilities that `metrics` was computed from.

    `versions` are those of the packages that made it.

    `outputs` names the network's columns: malignant alone, or the seven diagnoses, of which those
    in `malignant` add up to the probability of malignancy. An image is called malignant when that
    is at least `threshold`; `calibrator` then tells what frequency of malignancy that probability
    stands for in data like val's.
    """

    format: Literal[1] = 1
    name: str = Field(min_length=1)
    classes: tuple[Literal["benign"], Literal["malignant"]] = Field(CLASSES, strict=False)
    positive_class: Literal["malignant"] = "malignant"
    outputs: tuple[str, ...] = Field(strict=False)
    malignant: tuple[str, ...] = Field(strict=False, min_length=1)
    image: ImageContract
    formats: dict[Format, FormatFacts]
    threshold: float = Field(ge=0, le=1)
    calibrator: Calibrator
    operating_point: OperatingPoint
    network: NetworkFacts
    data: DataFacts
    metrics: SplitFigures
    versions: dict[str, str] = Field(min_length=1)

    @field_validator("malignant")
    @classmethod
    def _diagnoses(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if not set(names) <= set(DIAGNOSES):
            raise ValueError(f"expected some of {', '.join(DIAGNOSES)}")
        return names

    @field_validator("outputs")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if names not in (("malignant",), tuple(DIAGNOSES)):
            raise ValueError("expected malignant alone, or the seven diagnoses in their order")
        return names

    @field_validator("formats")
    @classmethod
    def _files_of_ours(cls, formats: dict[Format, FormatFacts]) -> dict[Format, FormatFacts]:
        for kind, facts in formats.items():
            if facts.file != FILES[kind]:
                raise ValueError(f"expected {kind} in {FILES[kind]}, received {facts.file!r}")
        return formats

    @model_validator(mode="after")
    def _one_threshold(self) -> "BundleManifest":
        if self.threshold != self.operating_point.threshold:
            raise ValueError("expected threshold to be that of operating_point")
        return self


def read_manifest(folder: Path) -> BundleManifest:
    """Read what a bundle says of itself.

    Raises:
        BundleError: no such folder, no manifest, or it lacks a field or has a wrong one; names it.
            There is no default threshold.
    """
    if not folder.is_dir():
        raise BundleError(f"no bundle at {folder}: run `dvc repro` or name another one")
    try:
        return BundleManifest.model_validate(read_json(folder / MANIFEST))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "threshold"
        raise BundleError(f"{folder / MANIFEST}: {field}: {first['msg']}") from None
    except DataError as error:
        raise BundleError(f"incomplete bundle: {error}") from None


def write_manifest(folder: Path, manifest: BundleManifest) -> None:
    """Write the manifest beside the network's files."""
    write_json(folder / MANIFEST, manifest.model_dump(mode="json"))


if __name__ == "__main__":
    print(json.dumps(BundleManifest.model_json_schema(), indent=2))
