"""Some images of one copy of a split: what a worker embeds at a time, into a file of its own."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.core.errors import ModelError
from lesion_pipeline.embedding.augment import augment, draw_plan
from lesion_pipeline.features.cut import actual_cut
from lesion_pipeline.features.params import EmbedParams
from lesion_pipeline.frozen.frozen_part import FrozenPart
from lesion_pipeline.networks.network import Network
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.shards.task import Facts
from lesion_pipeline.tf.load import deterministic, tf

IMAGES: Final = 128  # of a piece, about: of more, workers would wait for the last one
_opening: Final = Lock()


@dataclass(frozen=True)
class Piece:
    """Some images of one file of records.

    Attributes:
        split: of the images.
        copy: 0 for the plain images, else the number of the augmented copy.
        shard: the file's name.
        start: place of the first image in the file.
        first: its place in the split.
        count: how many.
    """

    split: str
    copy: int
    shard: str
    start: int
    first: int
    count: int

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of the stored outputs."""
        return stored_dtype(self.split, self.copy)


@dataclass(frozen=True)
class FrozenSource:
    """What pieces are computed from, by names, so that it can be handed to another process.

    Attributes:
        backbone: folder of the headless network.
        records: folder of the decoded images.
        params: where the frozen part ends, ranges of the augmentation, seed.
    """

    backbone: Path
    records: Path
    params: EmbedParams


def stored_dtype(split: str, copy: int) -> np.dtype[Any]:
    """Return the type in which outputs of a copy are stored."""
    return np.dtype(np.float16 if copy or split == "train" else np.float32)


def pieces(
    shards: Iterable[tuple[str, int]], split: str, copy: int, batch_size: int
) -> Iterator[Piece]:
    """Yield the pieces of one copy of a split, in the order of its images.

    They begin at whole batches of their file, as an augmented image depends, in a pixel whose value
    falls on .5, on the batch that it is augmented in.

    Args:
        shards: the files of the split, and how many images each has.
        split: their split.
        copy: 0 for the plain images, else the number of the augmented copy.
        batch_size: images that are augmented together.
    """
    size, first = batch_size * max(1, IMAGES // batch_size), 0
    for shard, images in shards:
        for start in range(0, images, size):
            count = min(size, images - start)
            yield Piece(split, copy, shard, start, first, count)
            first += count


def write_piece(source: FrozenSource, piece: Piece, target: Path) -> Facts:
    """Write the outputs of a piece, without a header.

    Raises:
        ModelError: a value is not finite, or too large for its type.
    """
    part, records = _opened(source)
    outputs = part.outputs(_batches(records, piece, source.params))
    with target.open("wb") as stream:
        for output in outputs:
            stream.write(finite(output, piece.dtype).tobytes())
    return {}


def finite(outputs: NDArray[np.float32], dtype: np.dtype[Any]) -> NDArray[np.floating[Any]]:
    """Return outputs in the type in which they are stored.

    Raises:
        ModelError: a value is not finite, or too large for the type.
    """
    with np.errstate(over="ignore"):  # the next line looks for it
        values: NDArray[np.floating[Any]] = outputs.astype(dtype)
    if not np.isfinite(values).all():
        raise ModelError(f"an output of the network is not finite as {dtype}")
    return values


@lru_cache(maxsize=1)
def network_at(folder: Path) -> Network:
    """Load the headless network, once in a process; `folder` is absolute."""
    return Network.load(folder)


def _opened(source: FrozenSource) -> tuple[FrozenPart, Records]:
    with _opening:  # the first thread opens it for all
        return _open(source)


@lru_cache(maxsize=1)
def _open(source: FrozenSource) -> tuple[FrozenPart, Records]:
    deterministic(source.params.seed)
    network = network_at(source.backbone)
    cut = actual_cut(network, source.params.cut)
    if cut == "input":
        raise ValueError("nothing of the network is frozen")
    part = FrozenPart(network, cut, source.params.features, workers=1)
    return part, Records(source.records)


def _batches(records: Records, piece: Piece, params: EmbedParams) -> Iterator[NDArray[np.uint8]]:
    """Yield batches of images: plain, or augmented by the plan of the piece's copy."""
    images, size = records.images_in(piece.shard, piece.start, piece.count), params.batch_size
    if piece.copy == 0:
        yield images
        return
    whole = _plan(records.counts()[piece.split], params, piece.split, piece.copy)
    plan = whole[piece.first : piece.first + piece.count]
    for start in range(0, piece.count, size):
        batch = slice(start, start + size)
        yield _augment(tf.constant(images[batch]), tf.constant(plan[batch])).numpy()


@lru_cache(maxsize=2)
def _plan(images: int, params: EmbedParams, split: str, copy: int) -> NDArray[np.float32]:
    """Draw the changes of all images of a split for one copy."""
    # Of val another number than of train, whose plans were there first.
    seed = [params.seed, copy] if split == "train" else [params.seed, copy, 1]
    return draw_plan(images, params.augment, seed)


_augment: Final = tf.function(augment, reduce_retracing=True)
