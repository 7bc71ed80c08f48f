"""What there is to know of the TFRecords without opening them; needs no TensorFlow."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lesion_pipeline.core.files import read_csv, read_json
from lesion_pipeline.core.labels import LABEL, SPLITS

MANIFEST: Final = "manifest.json"
INDEX: Final = "index.csv"


@dataclass(frozen=True)
class RecordIndex:
    """What preprocess wrote, but for the images.

    Attributes:
        folder: where it lies.
    """

    folder: Path

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """Size and resize mode, what is malignant, shards and counts by split, bad images."""
        return read_json(self.folder / MANIFEST)

    @property
    def size(self) -> int:
        """Side of the images in pixels."""
        return int(self.manifest["image_size"])

    @property
    def malignant(self) -> tuple[str, ...]:
        """The diagnoses whose images are labelled malignant."""
        return tuple(self.manifest["malignant"])

    @cached_property
    def _index(self) -> pd.DataFrame:
        return read_csv(self.folder / INDEX, image_id="str", lesion_id="str", dx="str")

    def index(self, split: str) -> pd.DataFrame:
        """Give image_id, lesion_id, dx and label (int64) of a split in the order of its images."""
        rows = self._index[self._index["split"] == split]
        return rows.drop(columns="split").reset_index(drop=True)

    def whole(self) -> pd.DataFrame:
        """Give the indices of train, val and test below each other, with a column split."""
        return pd.concat(
            [self.index(split).assign(split=split) for split in SPLITS], ignore_index=True
        )

    def labels(self, split: str) -> NDArray[np.int64]:
        """Give the labels of a split (images,), 1 malignant."""
        return self.index(split)[LABEL].to_numpy(np.int64)
