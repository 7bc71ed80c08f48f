"""The files that `embed` wrote, as numpy reads them; needs no TensorFlow."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.files import read_json

MANIFEST: Final = "manifest.json"


@dataclass(frozen=True)
class Stored:
    """A folder of arrays, one for each split and view, and a manifest.

    Attributes:
        folder: where it lies.
    """

    folder: Path

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """Keys cut, features, shape, views (beside the plain one, of train) and augment."""
        return read_json(self.folder / MANIFEST)

    def path(self, split: str, view: int) -> Path:
        """Give the file of a split's view."""
        return self.folder / f"{split}-view{view}.npy"

    def load(self, split: str, view: int = 0) -> NDArray[np.floating[Any]]:
        """Map a view (images, ...) into memory, in the order of the TFRecords.

        Raises:
            DataError: there is no such file.
        """
        try:
            array: NDArray[np.floating[Any]] = np.load(self.path(split, view), mmap_mode="r")
        except (OSError, ValueError) as error:
            raise DataError(f"{self.path(split, view)}: {error}") from None
        return array

    def vectors(self, splits: Iterable[str]) -> list[NDArray[np.floating[Any]]] | None:
        """Map the plain view of each split, (images, dims), into memory.

        None if no vectors were stored: nothing, or maps, of which there are none of test.
        """
        if len(self.manifest["shape"]) != 1:
            return None
        return [self.load(split) for split in splits]
