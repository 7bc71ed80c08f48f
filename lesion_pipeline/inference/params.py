"""Sections `predict` and `explain`."""

from typing import Literal

from pydantic import Field

from lesion_pipeline.core.labels import LesionRule
from lesion_pipeline.core.params import Section

# The plain image; beside it the mirrored ones; beside those all four transposed.
Copies = Literal[1, 4, 8]


class PredictParams(Section):
    """How images and lesions are predicted.

    Attributes:
        tta: test-time augmentation: of how many copies of an image predictions are averaged.
        lesions: the probability of a lesion with several images.
    """

    tta: Copies
    lesions: LesionRule


class ExplainParams(Section):
    """How much is shown."""

    examples: int = Field(ge=1, le=20)
