"""A folder of what the frozen part gave: a file for each split and view, and a manifest."""

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.errors import DataError
from lesion_pipeline.files import read_json
from lesion_pipeline.model.augment import AugmentParams
from lesion_pipeline.model.cut import Cut
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
        """Keys cut, features, shape, views (beside the plain one, of train) and augment."""
        return read_json(self.folder / MANIFEST)

    @property
    def cut(self) -> Cut:
        """Where the frozen part ends."""
        cut: Cut = self.manifest["cut"]
        return cut

    @property
    def features(self) -> Features:
        """Which features the head sees."""
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

    def rows(self, split: str, view: int) -> "Rows":
        """Open a view for reading single images; memory doesn't grow with what was read."""
        return Rows(self.path(split, view), self.load(split, view))


class Rows:
    """A file of arrays from which single ones are read, without mapping it into memory."""

    def __init__(self, path: Path, mapped: NDArray[np.floating[Any]]) -> None:
        """Open `path`, of which `mapped` is the memory map: it tells offset, shape and type."""
        self._offset = int(getattr(mapped, "offset", 0))
        self._kind, self._shape = mapped.dtype, mapped.shape[1:]
        self._bytes = int(np.prod(self._shape)) * mapped.dtype.itemsize
        self._file = path.open("rb")

    def __getitem__(self, row: int) -> NDArray[np.floating[Any]]:
        """Read one image's array."""
        raw = os.pread(self._file.fileno(), self._bytes, self._offset + row * self._bytes)
        return np.frombuffer(raw, self._kind).reshape(self._shape)
