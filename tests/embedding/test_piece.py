"""Pieces of the embeddings: every image in one of them, in order; handed to another process."""

import pickle
from pathlib import Path

import numpy as np
import pytest

from lesion_pipeline.embedding.piece import FrozenSource, Piece, pieces, stored_dtype, write_piece
from lesion_pipeline.features.store import EmbeddingStore
from lesion_pipeline.networks.network import Network
from lesion_pipeline.records.tfrecords import Records
from tests import tiny


def test_each_image_is_in_one_piece_and_pieces_begin_at_whole_batches() -> None:
    shards = [("a", 300), ("b", 5), ("c", 128)]
    found = list(pieces(shards, "train", 1, batch_size=50))
    assert [(piece.shard, piece.start, piece.count) for piece in found] == [
        ("a", 0, 100), ("a", 100, 100), ("a", 200, 100), ("b", 0, 5), ("c", 0, 100), ("c", 100, 28),
    ]  # fmt: skip
    assert [piece.first for piece in found] == [0, 100, 200, 300, 305, 405]
    assert {(piece.split, piece.copy) for piece in found} == {("train", 1)}
    large = list(pieces(shards, "val", 0, batch_size=400))
    assert [piece.count for piece in large] == [300, 5, 128]


@pytest.mark.parametrize(
    ("split", "copy", "dtype"),
    [("train", 0, "float16"), ("val", 0, "float32"), ("test", 0, "float32"), ("val", 1, "float16")],
)
def test_what_is_only_trained_on_is_stored_at_half_precision(
    split: str, copy: int, dtype: str
) -> None:
    assert stored_dtype(split, copy) == np.dtype(dtype)
    assert Piece(split, copy, "a", 0, 0, 1).dtype == np.dtype(dtype)


@pytest.mark.parametrize("copy", [0, 2])
def test_a_piece_has_its_rows_of_the_whole(
    lite0: Network, records: Records, embeddings: EmbeddingStore, tmp_path: Path, copy: int
) -> None:
    """Of a source that was pickled, as for another process."""
    lite0.save(tmp_path)
    source = FrozenSource(tmp_path, records.folder.absolute(), tiny.EMBED)
    same = pickle.loads(pickle.dumps(source))
    assert same == source
    _, second, _ = pieces(list(records.shards("train")), "train", copy, tiny.EMBED.batch_size)
    assert write_piece(same, second, tmp_path / "piece") == {}
    rows = np.fromfile(tmp_path / "piece", np.float16).reshape(second.count, -1)
    whole = embeddings.load("train", copy)
    np.testing.assert_array_equal(rows, whole[second.first : second.first + second.count])
