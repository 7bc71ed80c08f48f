"""Section `embed`: what is stored for each image."""

from pydantic import Field

from lesion_pipeline.core.params import Section
from lesion_pipeline.networks.params import Cut, Features


class AugmentParams(Section):
    """Ranges; 0 (and false) leave the image as it is."""

    flips: bool
    quarter_turns: bool
    rotation_degrees: float = Field(ge=0, le=180)
    zoom: float = Field(ge=0, lt=1)
    brightness: float = Field(ge=0, lt=1)
    contrast: float = Field(ge=0, lt=1)


class EmbedParams(Section):
    """Where the frozen part ends, and the augmented copies of each training image.

    Attributes:
        augment_val: whether the images of val have such copies too, for `train.folds`, whose
            members are trained on them in turn.
    """

    cut: Cut
    features: Features
    augmentations: int = Field(ge=0)
    augment_val: bool
    batch_size: int = Field(ge=1)
    seed: int = Field(ge=0, lt=2**32)
    augment: AugmentParams
