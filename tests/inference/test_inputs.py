"""What a network reads: images, or vectors in their place."""

from pathlib import Path

import numpy as np

from lesion_pipeline.features.store import EMBEDDING_MANIFEST, EmbeddingStore
from lesion_pipeline.inference.inputs import inputs_of
from lesion_pipeline.networks.manifest import VectorSource
from lesion_pipeline.records.tfrecords import Records


def test_images_are_read_as_they_are(records: Records, embeddings: EmbeddingStore) -> None:
    assert inputs_of(records, embeddings) is records


def test_vectors_stand_in_the_place_of_images(
    records: Records, embeddings: EmbeddingStore, tmp_path: Path
) -> None:
    source = VectorSource(file="made.npz", sha256="0" * 64, dims=2)
    embeddings.manifest.model_copy(update={"vectors": source}).write(tmp_path / EMBEDDING_MANIFEST)
    vectors = np.arange(24, dtype=np.float32).reshape(12, 2)
    np.save(tmp_path / "val.npy", vectors)
    read = inputs_of(records, EmbeddingStore(tmp_path))
    found = np.stack(list(read.images("val").batch(5).unbatch().as_numpy_iterator()))
    np.testing.assert_array_equal(found, vectors)
    assert read.malignant == records.malignant
    assert read.index("val").equals(records.index("val"))
