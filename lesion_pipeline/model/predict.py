"""Probabilities for the images of a split."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lesion_pipeline.data.tfrecords import Records
from lesion_pipeline.labels import PROBABILITY
from lesion_pipeline.model.embeddings import Embeddings
from lesion_pipeline.model.network import Network
from lesion_pipeline.progress import progress

BATCH = 32  # images; the fastest of 32 and 64 on two cores


def predict_splits(
    network: Network, records: Records, embeddings: Embeddings
) -> dict[str, pd.DataFrame]:
    """Predict val and test.

    If the best state is the head's on the untouched backbone, its features of these images are
    known already (view 0, float32), and only the head runs. Otherwise the whole network does.

    Returns:
        By split a table with a row an image in the order of the records: image_id, lesion_id,
        dx, label, probability (float64 with the value of the network's float32).
    """
    splits = ("val", "test")
    return {split: _predict(network, records, embeddings, split) for split in splits}


def _predict(
    network: Network, records: Records, embeddings: Embeddings, split: str
) -> pd.DataFrame:
    index = records.index(split)
    if network.manifest["best"]["phase"] == "head":
        head = network.model.get_layer("head")
        values = head.predict(np.asarray(embeddings.load(split)), batch_size=256, verbose=0)[:, 0]
    else:
        values = predict_batches(network.model, records.images(split).batch(BATCH), len(index))
    return index.assign(**{PROBABILITY: values.astype(np.float64)})


def predict_batches(model: Any, batches: Any, count: int) -> NDArray[np.float32]:
    """Run a network over batches of uint8 images; gives float32 (count,), 0 to 1."""
    steps = progress(batches.prefetch(2), -(-count // BATCH), "predict", "batch")
    return np.concatenate([model.predict_on_batch(images)[:, 0] for images in steps])
