"""What is known about a network, before and after training."""

from typing import Any, Final

from pydantic import Field

from lesion_pipeline.core.kernels import Kernels
from lesion_pipeline.core.results import Count, Fraction, Result
from lesion_pipeline.networks.outputs import Target
from lesion_pipeline.networks.params import Cut, Features

# Layer names and image size interest nobody who compares experiments; what counts as malignant
# stands in the metrics of fetch.
GIVEN: Final = "vectors"  # the architecture of a network that takes vectors made elsewhere
_NOT_REPORTED: Final = {"image_size", "stages", "frozen", "parameters", "malignant"}


class WeightSource(Result):
    """The weights before training.

    Attributes:
        requested: the value of model.weights.
        origin: imagenet, random or file.
        source: package, version and licence, or the seed, or name and checksum of the file.
        fell_back: whether they are random because ImageNet's couldn't be had.
    """

    requested: str
    origin: str
    source: str
    fell_back: bool = False


def _is_none(value: object) -> bool:
    return value is None


class VectorSource(Result):
    """Vectors that were made elsewhere.

    Attributes:
        file: its name.
        sha256: of its bytes; of a .npy file, those of its ids behind them.
        dims: length of a vector.
    """

    file: str
    sha256: str
    dims: Count

    def __str__(self) -> str:
        """Return a text for people."""
        return f"{self.file}, {self.dims} numbers for each image, sha256 {self.sha256}"


class BackboneManifest(Result):
    """The network without a head.

    Attributes:
        arch: a name of networks.architectures.ARCHITECTURES.
        weights: where they come from.
        image_size: side of its square images in pixels.
        stages: names of the layers whose outputs are the features of each depth.
        frozen: whether it serves as a fixed feature extractor before it is trained.
        parameters: how many weights it has.
        kernels: whether it was run so that other processors give the same bytes.
        vectors: what the network takes in place of images; None: images.
    """

    arch: str
    weights: WeightSource
    image_size: int
    stages: tuple[str, ...]
    frozen: bool
    parameters: Count
    kernels: Kernels
    vectors: VectorSource | None = Field(default=None, exclude_if=_is_none)


class BestEpoch(Result):
    """The epoch whose state was kept: its number over all phases, its phase, its scores on val."""

    epoch: int
    phase: str
    val_roc_auc: Fraction
    val_pr_auc: Fraction


class NetworkManifest(BackboneManifest):
    """The trained network.

    Attributes:
        target: what it predicts.
        outputs: the names of its outputs.
        malignant: the diagnoses that counted as malignant when it was trained.
        cut: where the frozen part ended.
        features: which features the head sees.
        total_parameters: backbone and head.
        trainable_parameters: how many were trained, by phase.
        class_weights: by class of the target.
        label_smoothing: how much of the truth was spread over all classes.
        best: the epoch whose state this is.
        epochs: how many were trained, over all phases.
    """

    target: Target
    outputs: tuple[str, ...]
    malignant: tuple[str, ...]
    cut: Cut
    features: Features
    total_parameters: Count
    trainable_parameters: dict[str, Count]
    class_weights: dict[str, float]
    label_smoothing: Fraction
    best: BestEpoch
    epochs: Count

    def report(self) -> dict[str, Any]:
        """Return what metrics/train.json shows: the network, its weights, how training went."""
        return self.model_dump(mode="json", exclude=_NOT_REPORTED)
