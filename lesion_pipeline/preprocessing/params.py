"""Section `preprocess`: size and form of the images that the network gets."""

from pydantic import Field

from lesion_pipeline.core.params import Section
from lesion_pipeline.images import Resize
from lesion_pipeline.records.manifest import Encoding


class PreprocessParams(Section):
    """Size and form of the images that the network gets.

    Attributes:
        image_size: side in pixels.
        resize: how an image becomes a square.
        encoding: how the pixels lie in a record.
        images_per_shard: the largest number of images in one TFRecord file.
        max_bad_fraction: the largest fraction of images that may fail to decode, 0 to 1.
    """

    image_size: int = Field(ge=32, le=1024)
    resize: Resize
    encoding: Encoding
    images_per_shard: int = Field(ge=1)
    max_bad_fraction: float = Field(ge=0, le=1)
