"""What `embed` stored of some images of train and val, read one image at a time."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lesion_pipeline.features.store import EmbeddingStore


class StoredImages:
    """The stored copies of some images.

    Attributes:
        copies: int64 (images,), how many there are of each, the plain one included.
    """

    def __init__(
        self, embeddings: EmbeddingStore, rows: pd.DataFrame, only_plain: bool = False
    ) -> None:
        """Open the files of some images.

        Args:
            embeddings: where they are.
            rows: rows of `RecordIndex.rows`.
            only_plain: whether the augmented copies are left alone.
        """
        self._places = list(zip(rows["split"], rows["row"], strict=True))
        splits = rows["split"].unique()
        counts = {split: 1 if only_plain else embeddings.copies(split) for split in splits}
        self.copies = rows["split"].map(counts).to_numpy(np.int64)
        self._files = {
            (split, copy): embeddings.rows(split, copy)
            for split, count in counts.items()
            for copy in range(count)
        }

    def __len__(self) -> int:
        """Count the images."""
        return len(self._places)

    def read(self, image: int, copy: int = 0) -> NDArray[np.floating[Any]]:
        """Read a copy of an image; both are counted from 0, and copy 0 is the plain one."""
        split, row = self._places[image]
        return self._files[split, copy][row]

    def plain(self, start: int, end: int) -> NDArray[np.float32]:
        """Read the plain copies of images from `start` to before `end`, as float32."""
        end = min(end, len(self))
        return np.stack([self.read(image) for image in range(start, end)]).astype(np.float32)
