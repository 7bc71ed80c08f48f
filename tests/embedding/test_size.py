"""The disk that embeddings take, told before and found after; and a disk that is too small."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from lesion_pipeline import paths
from lesion_pipeline.core.errors import DataError
from lesion_pipeline.disk import size_of
from lesion_pipeline.embedding.size import (
    embedded_shape,
    embeddings_bytes,
    file_bytes,
    room_needed,
)
from lesion_pipeline.features.cut import stored_shape
from lesion_pipeline.features.store import EmbeddingStore
from lesion_pipeline.networks.network import Network
from lesion_pipeline.networks.params import Cut
from lesion_pipeline.records.tfrecords import Records
from tests import tiny
from tests.code_deps import ROOT

pytestmark = pytest.mark.slow
MANIFEST = "manifest.json"  # of the embeddings, which isn't counted


def told(network: Network, records: Records, **changes: object) -> int:
    return embeddings_bytes(network, records.counts(), tiny.EMBED.model_copy(update=changes))


def written(store: EmbeddingStore) -> int:
    return size_of(store.folder) - (store.folder / MANIFEST).stat().st_size


def test_it_is_what_is_written(
    lite0: Network, records: Records, embeddings: EmbeddingStore
) -> None:
    assert told(lite0, records) == written(embeddings)
    assert stored_shape(lite0, tiny.EMBED) == embeddings.manifest.shape == (6176,)


@pytest.mark.parametrize(
    "changes",
    [
        {"cut": 2},
        {"cut": "top", "augment_val": True},
        {"features": "last"},
        {"components": 5},
        {"components": 500},
    ],
    ids=str,
)
def test_with_another_cut_with_copies_of_val_with_other_features(
    records: Records, tmp_path: Path, changes: dict[str, object]
) -> None:
    network = tiny.make_small_backbone()
    params = tiny.EMBED.model_copy(update=changes)
    stored = tiny.embedded(network, records, tmp_path / "embeddings", params)
    assert 0 < told(network, records, **changes) == written(stored)
    assert embedded_shape(network, records.counts(), params) == stored.manifest.shape


def test_the_room_is_for_whole_features(records: Records) -> None:
    """Pieces have all features until they are joined, one file after the other."""
    network, counts = tiny.make_small_backbone(), records.counts()
    params = tiny.EMBED.model_copy(update={"components": 5})
    files = file_bytes(network, counts, params)
    whole = told(network, records)
    assert room_needed(network, counts, params) == whole + max(files)
    plain = max(file_bytes(network, counts, tiny.EMBED))
    assert room_needed(network, counts, tiny.EMBED) == whole + plain


@pytest.mark.parametrize("cut", ["input", "top"])
def test_where_nothing_is_stored_it_is_nothing(records: Records, lite0: Network, cut: Cut) -> None:
    """With the cut at the input, and of a network without trained weights."""
    network = lite0 if cut == "input" else tiny.make_backbone("simple_cnn")
    assert told(network, records, cut=cut) == 0


def test_of_vectors_from_elsewhere(
    small_network: Network, records: Records, tmp_path: Path
) -> None:
    ids = np.array(records.whole()["image_id"].to_list())
    np.savez(tmp_path / "v.npz", vectors=np.ones((48, 5), np.float32), image_id=ids)
    vectors = str(tmp_path / "v.npz")
    assert told(small_network, records, vectors=vectors) == 48 * 5 * 4 + 3 * 128


def test_the_stage_refuses_a_disk_that_is_too_small(
    lite0: Network, records: Records, small_disk: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """24 images of train five times in two bytes, 24 of the others in four: 2.1 MB.

    While the pieces of a file are joined, the largest is there twice: .3 MB more.
    """
    import stages.embed

    monkeypatch.chdir(small_disk)
    (small_disk / "data").mkdir()
    (small_disk / paths.RECORDS).symlink_to(records.folder)
    (small_disk / paths.BACKBONE).symlink_to(tmp_path / "backbone")
    (tmp_path / "backbone").mkdir()
    lite0.save(tmp_path / "backbone")
    shutil.copy(ROOT / "params.yaml", small_disk)
    with pytest.raises(DataError, match=r"^Embeddings need 2.4 MB in data, and 1.0 MB are free"):
        stages.embed.main()
    assert not paths.EMBEDDINGS.exists()
