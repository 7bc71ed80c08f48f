"""Which images of the training part does the network find most similar?

Similar is what has a similar last hidden layer (cosine), so what the network takes for alike, not
what a person would. The index is made on the user's machine by `lesion index`, because the bytes
of a hidden layer differ between processors; the bundle stays as the pipeline made it.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.files import whole_file

_KEYS = ("image_ids", "diagnoses", "vectors", "network")


@dataclass(frozen=True)
class Neighbour:
    """An image of the index.

    Attributes:
        image_id: in the collection.
        diagnosis: likewise.
        similarity: cosine of both hidden layers, -1 to 1, with an error of .001 (float16).
    """

    image_id: str
    diagnosis: str
    similarity: float


@dataclass(frozen=True)
class SimilarIndex:
    """Hidden layers of the training images.

    Attributes:
        image_ids: of the images.
        diagnoses: of each.
        vectors: float16 (images, units), each of length 1.
        network: hash of the file that computed them.
    """

    image_ids: tuple[str, ...]
    diagnoses: tuple[str, ...]
    vectors: NDArray[np.float16]
    network: str

    @classmethod
    def of(
        cls, known: Iterable[tuple[str, str]], layers: NDArray[np.float32], network: str
    ) -> "SimilarIndex":
        """Make an index.

        Args:
            known: image_id and diagnosis of each image.
            layers: (images, units), in the same order.
            network: `network_hash` of the file that computed them.
        """
        image_ids, diagnoses = zip(*known, strict=True)
        return cls(image_ids, diagnoses, _unit(layers).astype(np.float16), network)

    def nearest(self, layer: NDArray[np.float32], count: int) -> list[Neighbour]:
        """Return the most similar images, the most similar first; `layer` is (units,)."""
        cosines = np.clip(self.vectors.astype(np.float32) @ _unit(layer[None])[0], -1, 1)
        order = np.argsort(-cosines, kind="stable")[:count]
        return [
            Neighbour(self.image_ids[n], self.diagnoses[n], round(float(cosines[n]), 4))
            for n in order
        ]

    def save(self, target: Path) -> None:
        """Write the index to one file."""
        with whole_file(target) as file, file.open("wb") as stream:
            np.savez_compressed(
                stream, image_ids=np.array(self.image_ids), diagnoses=np.array(self.diagnoses),
                vectors=self.vectors, network=np.array(self.network),
            )  # fmt: skip

    @classmethod
    def load(cls, source: Path, network: str) -> "SimilarIndex":
        """Read an index, in which no code can be.

        Args:
            source: what `save` wrote.
            network: `network_hash` of the network that will be compared with it.

        Raises:
            DataError: there is none, it is damaged, or it was made with another network.
        """
        try:
            with np.load(source, allow_pickle=False) as arrays:
                ids, diagnoses, vectors, made_with = (arrays[key] for key in _KEYS)
        except FileNotFoundError:
            raise DataError(f"{source} not found: make it with `lesion index {source}`") from None
        except Exception:  # numpy and zipfile have no error type in common
            raise DataError(f"{source}: expected an index that `lesion index` made") from None
        if str(made_with) != network:
            raise DataError(f"{source} was made with another network: run `lesion index` again")
        return cls(tuple(map(str, ids)), tuple(map(str, diagnoses)), vectors, network)


def network_hash(file: Path) -> str:
    """Return the SHA-256 of a network's file, in hex digits."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1), np.float32)
