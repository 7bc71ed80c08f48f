"""Probabilities for the images of a split."""

from typing import Final

import numpy as np
import pandas as pd

from lesion_pipeline.core.labels import PROBABILITY, malignancy
from lesion_pipeline.embedding.rows import Embeddings
from lesion_pipeline.networks.network import Network
from lesion_pipeline.progress import progress
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.training.trainer import outputs_of

BATCH: Final = 16  # images; smaller ones leave cores idle, larger ones their caches


def predict(
    network: Network, records: Records, embeddings: Embeddings, workers: int
) -> dict[str, pd.DataFrame]:
    """Predict val and test.

    If the best state is the head's on the untouched backbone and the network looks at one view,
    its features of these images are known already (view 0, float32), and only the head runs.
    Otherwise the whole network does.

    Args:
        network: the whole network.
        records: the images.
        embeddings: what the frozen part gave.
        workers: batches in the network at a time.

    Returns:
        By split a table with a row an image in the order of the records: image_id, lesion_id,
        dx, label, probability; and, of a network that says more, a column a diagnosis
        (float64 with the values of the network's float32).
    """
    tables = {}
    for split in ("val", "test"):
        if network.manifest["best"]["phase"] == "head" and network.views == 1:
            stored = embeddings.load(split)
            batches = (stored[i : i + BATCH] for i in range(0, len(stored), BATCH))
            said = outputs_of(network.model.get_layer("head"), batches, workers)
        else:
            images = records.images(split).batch(BATCH).prefetch(workers)
            steps = progress(images, len(images), f"predict {split}", "batch")
            said = outputs_of(network.model, steps, workers)
        columns = {PROBABILITY: malignancy(said.astype(np.float64), network.malignant)}
        if said.shape[1] > 1:
            names = network.manifest["outputs"]
            columns |= dict(zip(names, said.astype(np.float64).T, strict=True))
        tables[split] = records.index(split).assign(**columns)
    return tables
