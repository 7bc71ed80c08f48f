"""What only a bundle knows: its image contract, its formats, the data in short.

Light to import, like all types of its manifest.
"""

from typing import Final, Literal, Self

from pydantic import Field

from lesion_pipeline.core.results import Count, Fraction, Result
from lesion_pipeline.images import Resize
from lesion_pipeline.sources.collection import Collection
from lesion_pipeline.splitting.summary import Counts


class ImageContract(Result):
    """What the network takes: uint8 RGB, 0 to 255, (batch, size, size, 3), not scaled further."""

    size: int = Field(ge=1)
    resize: Resize
    channels: Literal["RGB"] = "RGB"
    dtype: Literal["uint8"] = "uint8"


POWERS: Final = (1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0)  # the bounds that are reported


class Agreement(Result):
    """How near a runtime comes on val to the probabilities that the scores were computed from.

    Attributes:
        max_probability_difference: the largest over images and outputs.
        roc_auc_difference: of the probability of malignancy, below 0 where the runtime is worse.
        same_decisions: the fraction of images on which both decide the same.
        images: how many were compared.
    """

    max_probability_difference: Fraction
    roc_auc_difference: float
    same_decisions: Fraction
    images: Count


class FormatReport(Agreement):
    """The file of a format, its size in bytes, and how near it comes.

    In a file it has only digits that are the same on every processor: see `reported`.
    """

    file: str
    bytes: Count

    def reported(self) -> Self:
        """Return the report as it is written: bounds instead of what this processor computes.

        Runtimes choose their kernels by the processor, and the last bits of a probability differ.
        `max_probability_difference` becomes the power of ten that it does not exceed, one
        of POWERS; `roc_auc_difference` has 4 decimals.
        """
        moved = self.max_probability_difference
        bound = next(power for power in POWERS if moved <= power)
        drop = round(self.roc_auc_difference, 4) + 0.0  # not -0.0
        changes = {"max_probability_difference": bound, "roc_auc_difference": drop}
        return self.model_copy(update=changes)


class PolicyPoint(Result):
    """The threshold that a policy chooses on val, and the rates of images there."""

    threshold: Fraction
    val_sensitivity: Fraction
    val_specificity: Fraction


class DataSummary(Collection):
    """The collection, how it was split, and what could not be used.

    Attributes:
        bad_images: how many could not be decoded; no score includes them.
        split: images and lesions by split and class.
    """

    bad_images: Count
    split: dict[str, dict[str, Counts]]
