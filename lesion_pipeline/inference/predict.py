"""Predict the images of val and test."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lesion_pipeline.core.digits import round_probabilities
from lesion_pipeline.core.labels import PROBABILITY, malignancy
from lesion_pipeline.features.store import EmbeddingStore
from lesion_pipeline.inference.params import Copies
from lesion_pipeline.inference.pieces import Pieces
from lesion_pipeline.inference.tta import turned
from lesion_pipeline.loops.progress import progress
from lesion_pipeline.networks.manifest import NetworkManifest
from lesion_pipeline.networks.network import TrainedNetwork
from lesion_pipeline.records.tfrecords import Records

BATCH: Final = 16  # images; smaller batches leave cores idle, larger ones don't fit their caches


def predict(
    network: TrainedNetwork, records: Records, embeddings: EmbeddingStore, tta: Copies, workers: int
) -> dict[str, pd.DataFrame]:
    """Predict val and test.

    The network runs as the pieces that training used. What `embed` stored of the plain images is
    not computed again: vectors of val and test, or maps of val.

    Args:
        network: the whole network.
        records: the images.
        embeddings: the outputs of the frozen part.
        tta: copies of each image over which predictions are averaged.
        workers: batches in the network at a time.

    Returns:
        By split a table with one row per image in the order of the records: image_id, lesion_id,
        dx, label, probability; and one column per diagnosis if the network predicts those
        (float64, 6 decimals).
    """
    pieces = Pieces(network, workers)
    return {split: _predict(pieces, records, embeddings, split, tta) for split in ("val", "test")}


def predict_val(
    network: TrainedNetwork, records: Records, embeddings: EmbeddingStore, tta: Copies, workers: int
) -> pd.DataFrame:
    """Predict val as `predict` does; nothing of test is read."""
    return _predict(Pieces(network, workers), records, embeddings, "val", tta)


def _predict(
    pieces: Pieces, records: Records, embeddings: EmbeddingStore, split: str, tta: Copies
) -> pd.DataFrame:
    if tta == 1 and pieces.cut != "input" and embeddings.path(split).exists():
        outputs = pieces.from_stored(_stored(embeddings, split))
    else:
        outputs = pieces.from_images(_copies(records, split, tta, pieces.workers))
    mean = mean_of_copies(outputs, tta)
    return records.index(split).assign(**probability_columns(mean, pieces.manifest))


def _stored(embeddings: EmbeddingStore, split: str) -> Iterator[Any]:
    stored = embeddings.load(split)
    return (stored[i : i + BATCH] for i in range(0, len(stored), BATCH))


def _copies(records: Records, split: str, tta: Copies, workers: int) -> Iterator[NDArray[np.uint8]]:
    """Yield batches of images, each image with its copies beside it."""
    images = records.images(split).batch(BATCH).prefetch(workers)
    for batch in progress(images, len(images), f"predict {split}", "batch"):
        beside = np.stack(turned(batch.numpy(), tta), axis=1)
        copies = beside.reshape(-1, *beside.shape[2:])
        yield from (copies[i : i + BATCH] for i in range(0, len(copies), BATCH))


def mean_of_copies(outputs: NDArray[np.float32], tta: Copies) -> NDArray[np.float32]:
    """Return the mean (images, outputs) over the copies of each image, rounded once."""
    by_copy = outputs.reshape(-1, tta, outputs.shape[1])
    return np.asarray(by_copy.mean(axis=1, dtype=np.float64), np.float32)


def probability_columns(
    outputs: NDArray[np.float32], manifest: NetworkManifest
) -> dict[str, NDArray[np.float64]]:
    """Return the columns of probabilities from outputs (images, outputs): float64, 6 decimals."""
    values = round_probabilities(outputs)
    columns = {PROBABILITY: round_probabilities(malignancy(values, manifest.malignant))}
    if values.shape[1] > 1:
        columns |= dict(zip(manifest.outputs, values.T, strict=True))
    return columns
