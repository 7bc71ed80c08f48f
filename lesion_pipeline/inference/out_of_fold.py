"""Predict images by the members of a network that were not trained on them."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lesion_pipeline.core.errors import DataError, ModelError, listed
from lesion_pipeline.features.store import EmbeddingStore
from lesion_pipeline.inference.outputs import outputs_of
from lesion_pipeline.inference.params import Copies
from lesion_pipeline.inference.pieces import Pieces
from lesion_pipeline.networks.members import some_members
from lesion_pipeline.networks.network import TrainedNetwork
from lesion_pipeline.records.tfrecords import Records

FOLDED = ("train", "val")  # the splits whose images may be in folds


def out_of_fold(
    network: TrainedNetwork, records: Records, embeddings: EmbeddingStore, tta: Copies, workers: int
) -> tuple[pd.DataFrame, NDArray[np.float32]]:
    """Predict each image of the folds by the mean of the members that were scored on its fold.

    Args:
        network: with members and folds.
        records: the images.
        embeddings: the outputs of the frozen part.
        tta: copies of each image over which predictions are averaged.
        workers: batches in the network at a time.

    Returns:
        The images, rows of `RecordIndex.rows` with a column fold, in the order of the records; and
        float32 (images, outputs).

    Raises:
        DataError: an image of the folds isn't in train or val.
        ModelError: the network has no folds.
    """
    if network.folds is None:
        raise ModelError("expected a network with folds, it has none")
    fold = network.folds.set_index("image_id")["fold"]
    rows = records.rows(FOLDED)
    unknown = fold.index.difference(pd.Index(rows["image_id"]))
    if len(unknown):
        raise DataError(f"images in folds, but neither in train nor in val: {listed(unknown)}")
    rows = rows.assign(fold=rows["image_id"].map(fold)).dropna(subset="fold")
    rows = rows.astype({"fold": np.int64}).reset_index(drop=True)
    outputs = np.empty((len(rows), len(network.manifest.outputs)), np.float32)
    for number in sorted(fold.unique()):
        mine = (rows["fold"] == number).to_numpy()
        pieces = Pieces(scored_on(network, int(number)), workers)
        outputs[mine] = outputs_of(pieces, rows[mine], records, embeddings, tta, workers)
    return rows, outputs


def scored_on(network: TrainedNetwork, fold: int) -> TrainedNetwork:
    """Return the network of the members that were scored on a fold."""
    members = network.manifest.members
    if members is None:
        raise ModelError("expected a network with members, it has none")
    places = [place for place, member in enumerate(members.members) if member.fold == fold]
    return TrainedNetwork(some_members(network.model, places), network.manifest)
