"""A folder of features: a file for each split and view, and a manifest."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.errors import DataError
from lesion_pipeline.files import read_json
from lesion_pipeline.model.augment import AugmentParams
from lesion_pipeline.model.features import Features

MANIFEST: Final = "manifest.json"


@dataclass(frozen=True)
class Embeddings:
    """What embed wrote.

    Attributes:
        folder: where it lies.
    """

    folder: Path

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """Keys features, dims, views (beside the plain one, of train) and augment."""
        return read_json(self.folder / MANIFEST)

    @property
    def features(self) -> Features:
        """Which features these are."""
        kind: Features = self.manifest["features"]
        return kind

    @property
    def augmentation(self) -> AugmentParams:
        """The ranges by which the views were made."""
        return AugmentParams.model_validate(self.manifest["augment"])

    @property
    def views(self) -> int:
        """How many views there are of each training image, the plain one included."""
        return 1 + int(self.manifest["views"])

    def path(self, split: str, view: int) -> Path:
        """Give the file with the features of a split's view."""
        return self.folder / f"{split}-view{view}.npy"

    def load(self, split: str, view: int = 0) -> NDArray[np.floating[Any]]:
        """Map a split's features (images, dims) into memory, in the order of the TFRecords.

        Raises:
            DataError: there is no such file.
        """
        try:
            array: NDArray[np.floating[Any]] = np.load(self.path(split, view), mmap_mode="r")
        except (OSError, ValueError) as error:
            raise DataError(f"{self.path(split, view)}: {error}") from None
        return array
