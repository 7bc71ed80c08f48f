"""What is known about the stored embeddings."""

from pydantic import Field

from lesion_pipeline.core.results import Count, Result, is_none
from lesion_pipeline.features.params import AugmentParams
from lesion_pipeline.networks.manifest import VectorSource
from lesion_pipeline.networks.params import Cut, Features


class EmbeddingManifest(Result):
    """What `embed` stored.

    Attributes:
        cut: where the frozen part ends.
        features: which features the head will see.
        shape: of what is stored for one image; empty if nothing is.
        augmentations: augmented copies of each training image, beside the plain one.
        augment: the ranges by which they were made.
        augmented_val: whether the images of val have as many copies.
        components: how many principal components of the features are stored in their place;
            None: the features.
        vectors: where they were made, if elsewhere; None: by the frozen part.
    """

    cut: Cut
    features: Features
    shape: tuple[int, ...]
    augmentations: Count
    augment: AugmentParams
    augmented_val: bool = False
    components: Count | None = Field(default=None, exclude_if=is_none)
    vectors: VectorSource | None = None

    def __str__(self) -> str:
        """Return a line for people."""
        if self.vectors:
            return f"vectors from elsewhere: {self.vectors}"
        shape = "x".join(map(str, self.shape)) or "nothing"
        if self.components:
            shape += " principal components of the features"
        return f"cut: {self.cut}, stored {shape} per image, {self.augmentations} augmented copies"
