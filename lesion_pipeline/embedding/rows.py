"""A folder of what the frozen part gave: a file for each split and view, and a manifest."""

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.embedding.augment import AugmentParams
from lesion_pipeline.embedding.cut import Cut
from lesion_pipeline.embedding.features import Features
from lesion_pipeline.embedding.store import Stored


class Embeddings(Stored):
    """What embed wrote, and how."""

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
