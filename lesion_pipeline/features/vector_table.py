"""Vectors of images that were made elsewhere, as a user's file: .npz, .npy or .parquet.

- NAME.npz: the arrays `vectors` (images, dims) and `image_id` (images,);
- NAME.npy: the vectors; their ids stand in NAME.txt beside it, one on a line;
- NAME.parquet: the column `image_id`; and either the column `vector` with lists, or a column of
  numbers for each dimension.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.core.errors import DataError, listed
from lesion_pipeline.features.params import ids_beside
from lesion_pipeline.networks.manifest import VectorSource

VECTORS: Final = "vectors"  # names in the file
VECTOR: Final = "vector"
IDS: Final = "image_id"
SHOWN: Final = 5  # offenders named in an error; there may be thousands


@dataclass(frozen=True, eq=False)
class VectorTable:
    """Vectors by image.

    Attributes:
        source: the file.
        ids: (images,), each once.
        vectors: (images, dims), float32, finite.
    """

    source: VectorSource
    ids: list[str]
    vectors: NDArray[np.float32]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a file.

        Raises:
            DataError: it is no such file, vectors and ids aren't of one number, an image is there
                twice, or a number isn't finite as float32; names the images.
        """
        if path.suffix not in _READERS:
            raise DataError(f"{path}: expected a file in {', '.join(_READERS)}")
        try:
            ids, vectors = _READERS[path.suffix](path)
            vectors = np.asarray(vectors)
            number = vectors.dtype.kind in "fiu"
        except (OSError, ValueError, KeyError) as error:
            raise DataError(f"{path} can't be read as vectors by image_id: {error}") from None
        if vectors.ndim != 2 or not number or not vectors.size:
            kind = f"{vectors.dtype} {vectors.shape}"
            raise DataError(f"{path}: expected numbers (images, dims), received {kind}")
        if len(ids) != len(vectors):
            raise DataError(f"{path}: {len(vectors)} vectors, but {len(ids)} image ids")
        with np.errstate(over="ignore"):  # infinite then, and refused
            table = cls(_source(path, vectors.shape[1]), ids, vectors.astype(np.float32))
        table._check(path)
        return table

    def of(self, images: Sequence[str]) -> NDArray[np.float32]:
        """Return the vectors of images (images, dims), in their order.

        Raises:
            DataError: an image has none; names the first of them.
        """
        row = {image_id: number for number, image_id in enumerate(self.ids)}
        missing = [image_id for image_id in images if image_id not in row]
        if missing:
            raise DataError(
                f"embed.vectors: {self.source.file} has no vector for {len(missing)} of "
                f"{len(images)} images: {_some(missing)}"
            )
        return self.vectors[[row[image_id] for image_id in images]]

    def _check(self, path: Path) -> None:
        twice = sorted({name for name, count in _counts(self.ids).items() if count > 1})
        if twice:
            raise DataError(f"{path}: image more than once: {_some(twice)}")
        infinite = np.flatnonzero(~np.isfinite(self.vectors).all(axis=1))
        if len(infinite):
            names = [self.ids[place] for place in infinite]
            raise DataError(
                f"{path}: not finite as float32 for {len(names)} images: {_some(names)}"
            )


def _source(path: Path, dims: int) -> VectorSource:
    digest = hashlib.sha256(path.read_bytes())
    if path.suffix == ".npy":
        digest.update(ids_beside(path).read_bytes())
    return VectorSource(file=path.name, sha256=digest.hexdigest(), dims=dims)


def _npy(path: Path) -> tuple[list[str], Any]:
    names = ids_beside(path).read_text(encoding="utf-8").splitlines()
    return [name.strip() for name in names if name.strip()], np.load(path)


def _npz(path: Path) -> tuple[list[str], Any]:
    with np.load(path) as arrays:
        return [str(name) for name in arrays[IDS].tolist()], arrays[VECTORS]


def _parquet(path: Path) -> tuple[list[str], Any]:
    if not find_spec("pyarrow"):
        raise DataError(f"{path}: reading it needs pyarrow (pip install pyarrow), or use .npz")
    import pandas as pd

    table = pd.read_parquet(path)
    ids = table.pop(IDS).astype(str).tolist()
    vectors = np.stack(table[VECTOR].tolist()) if VECTOR in table else table.to_numpy()
    return ids, vectors


_READERS: Final = {".npy": _npy, ".npz": _npz, ".parquet": _parquet}


def _counts(names: Sequence[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    return counts


def _some(names: Sequence[str]) -> str:
    return listed(names[:SHOWN]) + (", ..." if len(names) > SHOWN else "")
