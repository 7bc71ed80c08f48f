"""The collection that similar images are taken from: their index, and pictures of them."""

import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from lesion_pipeline.images import image_files
from lesion_pipeline.web.hidden import HiddenLayer
from lesion_pipeline.web.index import similar_network
from lesion_pipeline.web.similar import Neighbour, SimilarIndex, network_hash

THUMBNAIL: Final = 240  # pixels
QUALITY: Final = 85


@dataclass(frozen=True)
class ShownCollection:
    """An index with the network that it was made with.

    Attributes:
        index: of the training images.
        layer: of the network.
        pictures: files of the images in the index, by image_id.
    """

    index: SimilarIndex
    layer: HiddenLayer
    pictures: dict[str, Path] = field(default_factory=dict)

    @classmethod
    def load(cls, index: Path, bundle: Path, pictures: Path | None) -> "ShownCollection":
        """Load an index for a bundle.

        Args:
            index: what `lesion index` made.
            bundle: with the network that it was made with.
            pictures: a folder with pictures; only those of the index are shown.

        Raises:
            DataError: the index can't be used.
            BundleError: the bundle has no network for LiteRT.
        """
        file = similar_network(bundle)
        found = SimilarIndex.load(index, network_hash(file))
        files = image_files(pictures) if pictures else {}
        shown = {each: files[each] for each in found.image_ids if each in files}
        return cls(found, HiddenLayer(file), shown)

    def nearest(self, square: NDArray[np.uint8], count: int) -> list[Neighbour]:
        """Return the images most similar to a decoded one, uint8 (1, size, size, 3)."""
        return self.index.nearest(self.layer.of(square), count)

    def thumbnail(self, image_id: str) -> bytes | None:
        """Return a small JPEG of an image; None if there is no picture of it."""
        file = self.pictures.get(image_id)
        if file is None:
            return None
        with Image.open(file, formats=("JPEG", "PNG")) as image:
            image.draft("RGB", (THUMBNAIL, THUMBNAIL))
            small = ImageOps.exif_transpose(image).convert("RGB")
        small.thumbnail((THUMBNAIL, THUMBNAIL))
        target = io.BytesIO()
        small.save(target, "JPEG", quality=QUALITY)
        return target.getvalue()
