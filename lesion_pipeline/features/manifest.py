"""What is known about the stored embeddings."""

from lesion_pipeline.core.results import Count, Result
from lesion_pipeline.features.params import AugmentParams
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
    """

    cut: Cut
    features: Features
    shape: tuple[int, ...]
    augmentations: Count
    augment: AugmentParams
    augmented_val: bool = False
