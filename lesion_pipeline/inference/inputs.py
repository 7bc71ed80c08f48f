"""What a network reads: the images, or in their place vectors that were made elsewhere."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from lesion_pipeline.features.store import EmbeddingStore
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.tf.load import tf


@dataclass(frozen=True)
class StoredInputs(Records):
    """A folder of decoded images whose network reads stored vectors.

    Attributes:
        store: the vectors.
    """

    store: EmbeddingStore

    def images(self, split: str) -> Any:
        """Return a tf.data.Dataset of the vectors of a split in order: float32, (dims,)."""
        return tf.data.Dataset.from_tensor_slices(np.array(self.store.load(split)))


def inputs_of(records: Records, store: EmbeddingStore) -> Records:
    """Return the images, or in their place the vectors that the network reads."""
    return records if store.manifest.vectors is None else StoredInputs(records.folder, store)
