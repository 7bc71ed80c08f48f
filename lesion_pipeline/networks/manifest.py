"""What is known about a network, before and after training."""

from typing import Any, Final

from pydantic import Field

from lesion_pipeline.core.kernels import Kernels
from lesion_pipeline.core.results import Count, Fraction, Result, is_none
from lesion_pipeline.networks.outputs import Target
from lesion_pipeline.networks.params import Cut, Features

NETWORK_MANIFEST: Final = "manifest.json"  # in the folder of a network
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
    vectors: VectorSource | None = Field(default=None, exclude_if=is_none)


class BestEpoch(Result):
    """The epoch whose state was kept: its number over all phases, its phase, its scores on val."""

    epoch: int
    phase: str
    val_roc_auc: Fraction
    val_pr_auc: Fraction


class MemberFacts(Result):
    """One of several trainings.

    Attributes:
        fold: the fold that it was scored on, and not trained on; 0: val.
        seed: of its head, its batches and its dropout.
        best: the epoch whose state was kept, with the scores on that fold.
        epochs: how many were trained.
    """

    fold: Count
    seed: Count
    best: BestEpoch
    epochs: Count


class MemberSpread(Result):
    """How much a score varies from one training to another.

    Attributes:
        mean: over all members, each on its own fold.
        deviation: the standard deviation of the same. With several folds it contains what chance
            does to the images of a fold, which a bootstrap of the lesions knows as well.
        between_seeds: the standard deviation between members of one fold, pooled over the folds:
            the part that no bootstrap knows. None: there is one member for each fold.
    """

    mean: Fraction
    deviation: Fraction
    between_seeds: Fraction | None


class Members(Result):
    """Several trainings on folds of the images, or with several seeds, or both.

    Attributes:
        folds: how many folds; 1: there are none, all members are scored on val.
        seeds: how many members for each fold.
        members: in the order of folds and seeds.
        roc_auc: how much ROC-AUC varies over them.
        pr_auc: how much PR-AUC does.
    """

    folds: Count
    seeds: Count
    members: tuple[MemberFacts, ...]
    roc_auc: MemberSpread
    pr_auc: MemberSpread


class TeacherFacts(Result):
    """Whose probabilities a network learnt from, beside the labels.

    Attributes:
        weight: how much of the truth was the teacher's.
        members: of the teacher; each predicted the images of its own fold.
    """

    weight: Fraction
    members: Members


class NetworkManifest(BackboneManifest):
    """The trained network.

    Attributes:
        target: what it predicts.
        outputs: the names of its outputs.
        malignant: the diagnoses that counted as malignant when it was trained.
        cut: where the frozen part ended.
        features: which features the head sees.
        components: how many principal components of them it reads; None: the features.
        total_parameters: backbone and head.
        trainable_parameters: how many were trained, by phase.
        class_weights: by class of the target.
        label_smoothing: how much of the truth was spread over all classes.
        best: the epoch whose state this is; of several members the median epoch and mean scores.
        epochs: how many were trained, over all phases and members.
        members: of whose probabilities this network's are the mean; None: it was trained as one.
        teacher: what it learnt from beside the labels; None: nothing.
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
    members: Members | None = Field(default=None, exclude_if=is_none)
    teacher: TeacherFacts | None = Field(default=None, exclude_if=is_none)
    components: Count | None = Field(default=None, exclude_if=is_none)

    @property
    def out_of_fold(self) -> bool:
        """Whether what is called val are predictions by members that were trained on other folds.

        They are then of the images of train and val together.
        """
        return self.members is not None and self.members.folds > 1

    def outcome(self) -> str:
        """Return in a line which epoch was kept, and its scores."""
        best = self.best
        if self.members is None:
            return (
                f"best epoch: {best.epoch} (phase {best.phase}), on val PR-AUC "
                f"{best.val_pr_auc:.4f}, ROC-AUC {best.val_roc_auc:.4f}"
            )
        where = "each on its own fold" if self.out_of_fold else "each on val"
        shown = ", ".join(
            f"{name} {found.mean:.4f} (standard deviation {found.deviation:.4f})"
            for name, found in (("PR-AUC", self.members.pr_auc), ("ROC-AUC", self.members.roc_auc))
        )
        return f"{len(self.members.members)} members, {where}: {shown}"

    def report(self) -> dict[str, Any]:
        """Return what metrics/train.json shows: the network, its weights, how training went."""
        return self.model_dump(mode="json", exclude=_NOT_REPORTED)
