"""Facts of the TFRecords, typed."""

from typing import Any, Literal

from lesion_pipeline.core.results import Count, Result
from lesion_pipeline.images import Resize

Encoding = Literal["raw", "jpeg", "png"]  # of the pixels in a record


class SplitRecords(Result):
    """The shards of a split, in order, and how many images they hold."""

    shards: tuple[str, ...]
    images: Count
    malignant: Count


class BadImage(Result):
    """An image that could not be decoded, and why."""

    image_id: str
    reason: str


class RecordManifest(Result):
    """The TFRecords that `preprocess` wrote.

    Attributes:
        image_size: side of the images in pixels.
        resize: how they were brought to a square.
        malignant: the diagnoses whose label is 1.
        splits: by split.
        bad: the images that were left out, by image_id.
        encoding: how the pixels lie in a record.
    """

    image_size: int
    resize: Resize
    malignant: tuple[str, ...]
    splits: dict[str, SplitRecords]
    bad: tuple[BadImage, ...]
    encoding: Encoding = "raw"

    @property
    def images(self) -> int:
        """The images of all splits."""
        return sum(split.images for split in self.splits.values())

    def metrics(self) -> dict[str, Any]:
        """Return the figures for people, as JSON."""
        return {"images": self.images, "bad": len(self.bad)}
