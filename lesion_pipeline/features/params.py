"""Section `embed`: what is stored for each image."""

from pathlib import Path
from typing import Final

from pydantic import Field

from lesion_pipeline.core.params import Section
from lesion_pipeline.networks.params import Cut, Features

VECTOR_FILES: Final = (".npy", ".npz", ".parquet")  # of vectors that were made elsewhere


def ids_beside(path: Path) -> Path:
    """Return where the ids of the vectors in a .npy file stand."""
    return path.with_suffix(".txt")


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
        vectors: a file of vectors by image_id in place of the frozen part's; None: its own.
        components: how many principal components of the features the head reads; None: the head
            reads the features.
        augment_val: whether the images of val have such copies too, for `train.folds`, whose
            members are trained on them in turn.
    """

    vectors: str | None
    cut: Cut
    features: Features
    components: int | None = Field(ge=1)
    augmentations: int = Field(ge=0)
    augment_val: bool
    batch_size: int = Field(ge=1)
    seed: int = Field(ge=0, lt=2**32)
    augment: AugmentParams
