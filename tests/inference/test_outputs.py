"""The outputs of a network for images of the collection."""

import numpy as np
import pytest

from lesion_pipeline.features.store import EmbeddingStore
from lesion_pipeline.inference.outputs import mean_of_copies, outputs_of
from lesion_pipeline.inference.pieces import Pieces
from lesion_pipeline.networks.network import Network
from lesion_pipeline.records.tfrecords import Records
from tests import tiny


def test_copies_of_an_image_are_averaged() -> None:
    outputs = np.arange(8, dtype=np.float32).reshape(8, 1)
    assert mean_of_copies(outputs, 4).tolist() == [[1.5], [5.5]]
    assert mean_of_copies(outputs, 1) is not outputs and mean_of_copies(outputs, 1).shape == (8, 1)


@pytest.mark.slow
def test_images_of_two_splits_have_the_same_outputs_stored_or_not(
    records: Records, lite0: Network, embeddings: EmbeddingStore
) -> None:
    """But for float16, in which what was stored of train is rounded."""
    network = tiny.make_untrained(lite0)
    rows = records.rows(["train", "val"]).iloc[[1, 5, 20, 24, 30]].reset_index(drop=True)
    pieces = Pieces(network, workers=2)
    stored = outputs_of(pieces, rows, records, embeddings, 1, 2)
    images = np.stack(list(records.images_of(rows).as_numpy_iterator()))
    np.testing.assert_allclose(stored, network.model(images).numpy(), atol=1e-3)
    four = outputs_of(pieces, rows, records, embeddings, 4, 2)
    assert four.shape == stored.shape and np.abs(four - stored).max() > 1e-5
