"""Predict the images of val and test."""

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lesion_pipeline.core.digits import round_probabilities
from lesion_pipeline.core.labels import PROBABILITY, malignancy
from lesion_pipeline.features.store import EmbeddingStore
from lesion_pipeline.inference.manifest import WHOLE_VAL
from lesion_pipeline.inference.out_of_fold import out_of_fold
from lesion_pipeline.inference.outputs import outputs_of
from lesion_pipeline.inference.params import Copies
from lesion_pipeline.inference.pieces import Pieces
from lesion_pipeline.networks.manifest import NetworkManifest
from lesion_pipeline.networks.network import TrainedNetwork
from lesion_pipeline.records.tfrecords import Records

PLACE: Final = ["split", "row"]  # columns that tell where an image is in the records


def predict(
    network: TrainedNetwork, records: Records, embeddings: EmbeddingStore, tta: Copies, workers: int
) -> dict[str, pd.DataFrame]:
    """Predict val and test.

    The network runs as the pieces that training used. What `embed` stored of the plain images is
    not computed again: vectors of val and test, or maps of val.

    Of a network with folds, `val` are the images of train and val together, each predicted by the
    members that were not trained on it. The whole network's predictions of val, which flatter, are
    `whole_val`: what files of the network are compared with.

    Args:
        network: the whole network.
        records: the images.
        embeddings: the outputs of the frozen part.
        tta: copies of each image over which predictions are averaged.
        workers: batches in the network at a time.

    Returns:
        By split a table with one row per image in the order of the records: image_id, lesion_id,
        dx, label, probability; and one column per diagnosis if the network predicts those
        (float64, 6 decimals). With folds, `val` has a column fold after label.
    """
    pieces, tables = Pieces(network, workers), {}
    for split in ("val", "test"):
        rows = records.rows([split])
        outputs = outputs_of(pieces, rows, records, embeddings, tta, workers)
        tables[split] = _table(rows, outputs, network.manifest)
    if network.folds is None:
        return tables
    rows, outputs = out_of_fold(network, records, embeddings, tta, workers)
    whole = tables.pop("val")
    return {"val": _table(rows, outputs, network.manifest), **tables, WHOLE_VAL: whole}


def _table(
    rows: pd.DataFrame, outputs: NDArray[np.float32], manifest: NetworkManifest
) -> pd.DataFrame:
    return rows.drop(columns=PLACE).assign(**probability_columns(outputs, manifest))


def probability_columns(
    outputs: NDArray[np.float32], manifest: NetworkManifest
) -> dict[str, NDArray[np.float64]]:
    """Return the columns of probabilities from outputs (images, outputs): float64, 6 decimals."""
    values = round_probabilities(outputs)
    columns = {PROBABILITY: round_probabilities(malignancy(values, manifest.malignant))}
    if values.shape[1] > 1:
        columns |= dict(zip(manifest.outputs, values.T, strict=True))
    return columns
