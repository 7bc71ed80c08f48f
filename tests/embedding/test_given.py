"""Vectors from elsewhere in place of the frozen part's outputs: stored, trained on, predicted."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.labels import SPLITS
from lesion_pipeline.features.store import EmbeddingStore
from lesion_pipeline.features.vector_table import VectorTable
from lesion_pipeline.networks.network import Network
from lesion_pipeline.records.tfrecords import Records
from tests.tiny import EMBED, embedded

DIMS = 3


def make_vectors(folder: Path, records: Records) -> Path:
    """Write a vector of each image, in another order than the records'."""
    ids = records.whole()["image_id"].to_numpy()[::-1]
    vectors = np.arange(len(ids) * DIMS, dtype=np.float64).reshape(-1, DIMS) / 7
    np.savez(folder / "made.npz", image_id=ids.astype(str), vectors=vectors)
    return folder / "made.npz"


def stored(folder: Path, records: Records, network: Network, path: Path) -> EmbeddingStore:
    params = EMBED.model_copy(update={"vectors": str(path)})
    return embedded(network, records, folder / "embeddings", params)


def test_each_image_has_its_vector(
    records: Records, small_network: Network, tmp_path: Path
) -> None:
    path = make_vectors(tmp_path, records)
    store, table = stored(tmp_path, records, small_network, path), VectorTable.read(path)
    for split in SPLITS:
        array = store.load(split)
        assert array.dtype == np.float32
        wanted = table.of(records.index(split)["image_id"].tolist())
        np.testing.assert_array_equal(array, wanted)
    assert sorted(file.name for file in store.folder.iterdir()) == [
        "manifest.json", "test.npy", "train.npy", "val.npy",
    ]  # fmt: skip
    facts = store.manifest
    assert (facts.cut, facts.shape, facts.augmentations) == ("top", (DIMS,), 0)
    assert facts.vectors == table.source
    assert str(facts) == f"vectors from elsewhere: {table.source}"


def test_the_audit_does_not_compare_them(
    records: Records, small_network: Network, tmp_path: Path
) -> None:
    path = make_vectors(tmp_path, records)
    assert stored(tmp_path, records, small_network, path).vectors(SPLITS) is None


def test_an_image_without_a_vector_is_named_and_nothing_is_stored(
    records: Records, small_network: Network, tmp_path: Path
) -> None:
    path = make_vectors(tmp_path, records)
    with np.load(path) as arrays:
        frame = pd.Series(list(arrays["vectors"]), arrays["image_id"]).drop("test_03")
    np.savez(path, image_id=frame.index.to_numpy(str), vectors=np.stack(list(frame)))
    with pytest.raises(DataError, match=r"made\.npz has no vector for 1 of 12 images: test_03"):
        stored(tmp_path, records, small_network, path)
    assert not (tmp_path / "embeddings").exists()
