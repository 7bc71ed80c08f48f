"""Predictions by members that were not trained on an image; test_members.py has trained ones."""

import pandas as pd
import pytest

from lesion_pipeline.core.errors import DataError, ModelError
from lesion_pipeline.features.store import EmbeddingStore
from lesion_pipeline.inference.out_of_fold import out_of_fold, scored_on
from lesion_pipeline.networks.network import Network, TrainedNetwork
from lesion_pipeline.records.tfrecords import Records
from tests import tiny


def test_a_network_without_folds_or_members_is_refused(
    records: Records, lite0: Network, embeddings: EmbeddingStore
) -> None:
    network = tiny.make_untrained(lite0)
    with pytest.raises(ModelError, match="expected a network with folds, it has none"):
        out_of_fold(network, records, embeddings, 1, 2)
    with pytest.raises(ModelError, match="expected a network with members, it has none"):
        scored_on(network, 1)


def test_images_that_are_not_in_the_records_are_named(
    records: Records, lite0: Network, embeddings: EmbeddingStore
) -> None:
    folds = pd.DataFrame({"image_id": ["train_00", "test_03"], "fold": [1, 2]})
    plain = tiny.make_untrained(lite0)
    network = TrainedNetwork(plain.model, plain.manifest, folds)
    with pytest.raises(DataError, match="but neither in train nor in val: test_03"):
        out_of_fold(network, records, embeddings, 1, 2)
