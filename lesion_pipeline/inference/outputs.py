"""The outputs of a network for images of the collection, averaged over copies of each image."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lesion_pipeline.features.store import EmbeddingStore
from lesion_pipeline.features.stored import StoredImages
from lesion_pipeline.inference.params import Copies
from lesion_pipeline.inference.pieces import Pieces
from lesion_pipeline.inference.tta import turned
from lesion_pipeline.loops.progress import progress
from lesion_pipeline.records.tfrecords import Records

BATCH: Final = 16  # images; smaller batches leave cores idle, larger ones don't fit their caches


def outputs_of(
    pieces: Pieces,
    rows: pd.DataFrame,
    records: Records,
    embeddings: EmbeddingStore,
    tta: Copies,
    workers: int,
) -> NDArray[np.float32]:
    """Return a network's outputs (images, outputs).

    What `embed` stored of the plain images is not computed again.

    Args:
        pieces: the network.
        rows: the images, rows of `RecordIndex.rows` in their order.
        records: the images' pixels.
        embeddings: the outputs of the frozen part.
        tta: copies of each image over which outputs are averaged.
        workers: batches in the network at a time.
    """
    stored = all(embeddings.path(split).exists() for split in rows["split"].unique())
    if tta == 1 and pieces.cut != "input" and stored:
        return pieces.from_stored(_stored(embeddings, rows))
    return mean_of_copies(pieces.from_images(_copies(records, rows, tta, workers)), tta)


def mean_of_copies(outputs: NDArray[np.float32], tta: Copies) -> NDArray[np.float32]:
    """Return the mean (images, outputs) over the copies of each image, rounded once."""
    by_copy = outputs.reshape(-1, tta, outputs.shape[1])
    return np.asarray(by_copy.mean(axis=1, dtype=np.float64), np.float32)


def _stored(embeddings: EmbeddingStore, rows: pd.DataFrame) -> Iterator[Any]:
    stored = StoredImages(embeddings, rows, only_plain=True)
    return (stored.plain(i, i + BATCH) for i in range(0, len(stored), BATCH))


def _copies(
    records: Records, rows: pd.DataFrame, tta: Copies, workers: int
) -> Iterator[NDArray[np.uint8]]:
    """Yield batches of images, each image with its copies beside it."""
    images = records.images_of(rows).batch(BATCH).prefetch(workers)
    label = f"predict {' and '.join(rows['split'].unique())}"
    for batch in progress(images, len(images), label, "batch"):
        beside = np.stack(turned(batch.numpy(), tta), axis=1)
        copies = beside.reshape(-1, *beside.shape[2:])
        yield from (copies[i : i + BATCH] for i in range(0, len(copies), BATCH))
