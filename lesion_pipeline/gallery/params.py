"""Section `pictures`, which every stage that draws images of the collection reads."""

from lesion_pipeline.core.params import Section


class PictureParams(Section):
    """Whether images of persons are drawn.

    Attributes:
        real_images: draw the images of a collection that isn't generated too.
    """

    real_images: bool
