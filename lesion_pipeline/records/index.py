"""Facts of the TFRecords without opening them; needs no TensorFlow."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lesion_pipeline.core.files import read_csv
from lesion_pipeline.core.labels import LABEL, SPLITS
from lesion_pipeline.records.manifest import RecordManifest

RECORD_MANIFEST: Final = "manifest.json"
INDEX: Final = "index.csv"


@dataclass(frozen=True)
class RecordIndex:
    """A folder that `preprocess` wrote, except for the images.

    Attributes:
        folder: its path.
    """

    folder: Path

    @cached_property
    def manifest(self) -> RecordManifest:
        """Size and resize mode, malignant diagnoses, shards and counts by split, bad images."""
        return RecordManifest.read(self.folder / RECORD_MANIFEST)

    @property
    def size(self) -> int:
        """Side of the images in pixels."""
        return self.manifest.image_size

    @property
    def malignant(self) -> tuple[str, ...]:
        """The diagnoses whose images are labelled malignant."""
        return self.manifest.malignant

    @cached_property
    def _index(self) -> pd.DataFrame:
        return read_csv(self.folder / INDEX, image_id="str", lesion_id="str", dx="str", split="str")

    def index(self, split: str) -> pd.DataFrame:
        """Return image_id, lesion_id, dx and label (int64) of a split, in the images' order."""
        rows = self._index[self._index["split"] == split]
        return rows.drop(columns="split").reset_index(drop=True)

    def rows(self, splits: Sequence[str]) -> pd.DataFrame:
        """Return the rows of `index` for several splits, one after the other.

        Two more columns, split and row (int64, from 0), tell where an image is.
        """
        parts = [
            table.assign(split=split, row=np.arange(len(table), dtype=np.int64))
            for split, table in ((split, self.index(split)) for split in splits)
        ]
        return pd.concat(parts, ignore_index=True)

    def whole(self) -> pd.DataFrame:
        """Return the rows of train, val and test in this order, with a column split."""
        return pd.concat(
            [self.index(split).assign(split=split) for split in SPLITS], ignore_index=True
        )

    def counts(self) -> dict[str, int]:
        """Return how many images each split has."""
        return {split: records.images for split, records in self.manifest.splits.items()}

    def labels(self, split: str) -> NDArray[np.int64]:
        """Return the labels of a split (images,), 1 malignant."""
        return self.index(split)[LABEL].to_numpy(np.int64)
