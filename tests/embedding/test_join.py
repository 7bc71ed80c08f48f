"""Pieces joined into the file of a copy, as they are or as components."""

from pathlib import Path

import numpy as np
import pytest

from lesion_pipeline.core.errors import ModelError
from lesion_pipeline.embedding.join import PieceFile, join
from lesion_pipeline.embedding.piece import Piece
from lesion_pipeline.features.components import ComponentMap


def finished(folder: Path, split: str, *counts: int) -> tuple[list[PieceFile], np.ndarray]:
    """Write pieces of so many images with five features."""
    parts, first = [], 0
    values = np.random.default_rng(1).normal(size=(sum(counts), 5))
    for number, count in enumerate(counts):
        piece = Piece(split, 0, "shard", 0, first, count)
        file = folder / f"piece.{number}"
        file.write_bytes(values[first : first + count].astype(piece.dtype).tobytes())
        parts.append(PieceFile(file, piece, (5,)))
        first += count
    return parts, values.astype(parts[0].piece.dtype)


@pytest.mark.parametrize("split", ["train", "val"])
def test_the_file_is_that_of_numpy_and_the_pieces_are_gone(tmp_path: Path, split: str) -> None:
    parts, values = finished(tmp_path, split, 3, 4, 1)
    join(parts, tmp_path / "joined.npy", None)
    np.save(tmp_path / "wanted.npy", values)
    assert (tmp_path / "joined.npy").read_bytes() == (tmp_path / "wanted.npy").read_bytes()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["joined.npy", "wanted.npy"]


def test_components_are_stored_in_the_type_of_the_copy(tmp_path: Path) -> None:
    parts, values = finished(tmp_path, "train", 3, 4, 1)
    components = ComponentMap.zeros(5, 2)
    components.factor[:], components.axes[:] = 2, np.arange(10).reshape(5, 2)
    join(parts, tmp_path / "joined.npy", components)
    found = np.load(tmp_path / "joined.npy")
    np.testing.assert_array_equal(found, components.of(values).astype(np.float16))
    assert found.dtype == np.float16 and found.shape == (8, 2)


def test_a_component_that_is_too_large_for_the_type_is_refused(tmp_path: Path) -> None:
    parts, _ = finished(tmp_path, "train", 3)
    components = ComponentMap.zeros(5, 2)
    components.offset[:], components.axes[:] = 1, 65_504
    with pytest.raises(ModelError, match="not finite as float16"):
        join(parts, tmp_path / "joined.npy", components)
    assert not (tmp_path / "joined.npy").exists() and parts[0].file.exists()
