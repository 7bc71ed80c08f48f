"""The exported bundle: a folder with all that one needs to use the network.

Light to import: whoever uses a bundle by a small runtime shouldn't wait for TensorFlow.
"""

import json
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from lesion_pipeline.bundle.formats import FORMATS, FormatName
from lesion_pipeline.bundle.lineage import Ensemble
from lesion_pipeline.bundle.results import DataSummary, FormatReport, ImageContract, PolicyPoint
from lesion_pipeline.core.errors import BundleError, DataError
from lesion_pipeline.core.files import read_json, write_json
from lesion_pipeline.core.labels import CLASSES, DIAGNOSES
from lesion_pipeline.core.results import Result, is_none, problems
from lesion_pipeline.evaluation.calibrator import Calibrator
from lesion_pipeline.inference.params import Copies
from lesion_pipeline.networks.manifest import NetworkManifest
from lesion_pipeline.scores.params import Policy
from lesion_pipeline.scores.results import Evaluation, OperatingPoint
from lesion_pipeline.vocabulary import UNDIAGNOSED

MANIFEST: Final = "bundle.json"
CARD: Final = "MODEL_CARD.md"
FORMAT: Final = 6  # of bundle.json; another number for every change that older readers can't take


class BundleManifest(Result):
    """All facts of a bundle, as the types of the stages that found them.

    Unknown keys are refused: a threshold that stands at a wrong place, of an older format or by a
    slip of the hand, would be believed and not used. New keys come with a new `format`.

    Attributes:
        format: of this file.
        name: of the bundle.
        classes: position = label.
        positive_class: the class whose probability is compared with the threshold.
        image: the images that the network takes.
        tta: copies of each image (mirrored, transposed) that the network itself averages.
        formats: by name, each format's file and how near it comes to the predictions for val.
        network: the network and its training. Its `outputs` name the columns: malignant alone, or
            the seven diagnoses, of which those in its `malignant` add up to the probability of
            malignancy.
        operating_point: an image is called malignant when that probability is at least its
            `threshold`.
        policies: what each policy that can choose a threshold on val would choose, by its name.
        calibrator: turns that probability into a frequency of malignancy in data like val's.
        data: the collection and its split.
        evaluation: scores on val and test.
        ensemble: of which networks it is the mean; None: it is one network.
        versions: of the packages that made it.
    """

    format: Literal[6] = FORMAT
    name: str = Field(min_length=1)
    classes: tuple[Literal["benign"], Literal["malignant"]] = CLASSES
    positive_class: Literal["malignant"] = "malignant"
    image: ImageContract
    tta: Copies
    formats: dict[FormatName, FormatReport]
    network: NetworkManifest
    operating_point: OperatingPoint
    policies: dict[Policy, PolicyPoint]
    calibrator: Calibrator
    data: DataSummary
    evaluation: Evaluation
    ensemble: Ensemble | None = Field(default=None, exclude_if=is_none)
    versions: dict[str, str] = Field(min_length=1)

    @field_validator("network")
    @classmethod
    def _known_outputs(cls, network: NetworkManifest) -> NetworkManifest:
        if network.outputs not in (("malignant",), tuple(DIAGNOSES)):
            raise ValueError(
                "outputs: expected malignant alone, or the seven diagnoses in their order"
            )
        if network.malignant == UNDIAGNOSED and network.outputs == UNDIAGNOSED:
            return network
        if not network.malignant or not set(network.malignant) <= set(DIAGNOSES):
            raise ValueError(f"malignant: expected some of {', '.join(DIAGNOSES)}")
        return network

    @field_validator("formats")
    @classmethod
    def _known_files(
        cls, reports: dict[FormatName, FormatReport]
    ) -> dict[FormatName, FormatReport]:
        for name, report in reports.items():
            file = FORMATS[name].file
            if report.file != file:
                raise ValueError(f"expected {name} in {file}, received {report.file!r}")
        return reports

    @model_validator(mode="after")
    def _consistent(self) -> "BundleManifest":
        if self.image.size != self.network.image_size:
            raise ValueError("image.size: expected that of network.image_size")
        if self.data.malignant != self.network.malignant:
            raise ValueError("data.malignant: expected that of network.malignant")
        return self


def read_manifest(folder: Path) -> BundleManifest:
    """Read the manifest of a bundle.

    Raises:
        BundleError: there is no such folder or no manifest, it has another format, or a key is
            missing, unknown or has a wrong value; names all such keys. There is no default
            threshold.
    """
    if not folder.is_dir():
        raise BundleError(f"no bundle at {folder}: run `dvc repro` or name another one")
    path = folder / MANIFEST
    try:
        content = read_json(path)
        _check_format(path, content)
        return BundleManifest.model_validate_json(json.dumps(content))
    except ValidationError as error:
        text = problems(error).replace("Extra inputs are not permitted", "unknown key")
        raise BundleError(f"{path}: {text}") from None
    except DataError as error:
        raise BundleError(f"incomplete bundle: {error}") from None


def check_takes_images(folder: Path, manifest: BundleManifest) -> None:
    """Refuse a bundle whose network takes vectors.

    Raises:
        BundleError: it does; tells what to do.
    """
    source = manifest.network.vectors
    if source:
        raise BundleError(
            f"{folder}: its network takes vectors of {source.dims} numbers, not images, and what "
            f"computes them ({source.file}) is no part of the bundle; {CARD} has code that "
            "predicts a vector"
        )


def _check_format(path: Path, content: dict[str, Any]) -> None:
    """Refuse another format by one line, instead of by every key that it lacks."""
    if content.get("format") != FORMAT:
        raise BundleError(
            f"{path}: format: expected {FORMAT}, received {content.get('format')!r}: it was made "
            "by another version of this program; export it anew, or use that version"
        )


def write_manifest(folder: Path, manifest: BundleManifest) -> None:
    """Write the manifest beside the network's files."""
    write_json(folder / MANIFEST, manifest.model_dump(mode="json"))


if __name__ == "__main__":
    print(json.dumps(BundleManifest.model_json_schema(), indent=2))
