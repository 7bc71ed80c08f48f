"""The folder that `embed` writes, read without TensorFlow: arrays of embeddings and a manifest."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.features.components import COMPONENTS, ComponentMap
from lesion_pipeline.features.manifest import EmbeddingManifest

EMBEDDING_MANIFEST: Final = "manifest.json"


@dataclass(frozen=True)
class EmbeddingStore:
    """One file for each split, and one more for each augmented copy of its images.

    Copies are counted from 1; copy 0 is the plain image.

    Attributes:
        folder: where the files are.
    """

    folder: Path

    @cached_property
    def manifest(self) -> EmbeddingManifest:
        """What the files contain and how they were made.

        Raises:
            DataError: it is missing or a key is wrong; names the file and the key.
        """
        return EmbeddingManifest.read(self.folder / EMBEDDING_MANIFEST)

    @property
    def components_file(self) -> Path:
        """Where the map from features to components is, if these are stored."""
        return self.folder / f"{COMPONENTS}.npy"

    def components(self) -> ComponentMap | None:
        """Read the map from features to what is stored; None: the features are.

        Raises:
            DataError: it is missing or damaged; names the file.
        """
        return ComponentMap.read(self.components_file) if self.manifest.components else None

    def path(self, split: str, copy: int = 0) -> Path:
        """Return the file with one copy of each image of a split."""
        return self.folder / (f"{split}-augmented{copy}.npy" if copy else f"{split}.npy")

    def copies(self, split: str) -> int:
        """Return how many copies of each image of a split are stored, the plain one included."""
        augmented = split == "train" or (split == "val" and self.manifest.augmented_val)
        return 1 + self.manifest.augmentations * augmented

    def load(self, split: str, copy: int = 0) -> NDArray[np.floating[Any]]:
        """Map a file (images, ...) into memory, in the order of the TFRecords.

        Raises:
            DataError: there is no such file, or it is not an array.
        """
        path = self.path(split, copy)
        try:
            array: NDArray[np.floating[Any]] = np.load(path, mmap_mode="r")
        except (OSError, ValueError) as error:
            raise DataError(f"{path}: {error}") from None
        return array

    def rows(self, split: str, copy: int = 0) -> "StoredRows":
        """Open a file for reading single images; memory doesn't grow with what was read."""
        return StoredRows(self.path(split, copy), self.load(split, copy))

    def vectors(self, splits: Iterable[str]) -> list[NDArray[np.floating[Any]]] | None:
        """Map the vectors (images, dims) of each split's plain images into memory.

        None if no vectors of the frozen part were stored: nothing, or maps, which are not stored
        for test, or vectors from elsewhere, of which nobody knows how near alike images lie.
        """
        if len(self.manifest.shape) != 1 or self.manifest.vectors:
            return None
        return [self.load(split) for split in splits]


class StoredRows:
    """A file of arrays from which single ones are read, without mapping it into memory."""

    def __init__(self, path: Path, mapped: NDArray[np.floating[Any]]) -> None:
        """Open `path`; `mapped`, its memory map, knows offset, shape and type."""
        self._offset = int(getattr(mapped, "offset", 0))
        self._dtype, self._shape = mapped.dtype, mapped.shape[1:]
        self._bytes = int(np.prod(self._shape)) * mapped.dtype.itemsize
        self._file = path.open("rb")

    def __getitem__(self, row: int) -> NDArray[np.floating[Any]]:
        """Read one image's array."""
        raw = os.pread(self._file.fileno(), self._bytes, self._offset + row * self._bytes)
        return np.frombuffer(raw, self._dtype).reshape(self._shape)
