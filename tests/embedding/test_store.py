"""What `embed` wrote, read without TensorFlow."""

import re
from pathlib import Path

import numpy as np
import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.files import write_json
from lesion_pipeline.core.labels import SPLITS
from lesion_pipeline.embedding.store import Stored


def write(folder: Path, *shape: int) -> Stored:
    write_json(folder / "manifest.json", {"shape": list(shape)})
    for number, split in enumerate(SPLITS):
        np.save(folder / f"{split}-view0.npy", np.full((2, *shape), number, dtype=np.float16))
    return Stored(folder)


def test_vectors_come_in_the_order_asked_for(tmp_path: Path) -> None:
    parts = write(tmp_path, 3).vectors(("test", "train"))
    assert parts is not None
    assert [part.tolist() for part in parts] == [[[2] * 3] * 2, [[0] * 3] * 2]


@pytest.mark.parametrize("shape", [(), (4, 4, 8)])
def test_maps_and_nothing_are_no_vectors(tmp_path: Path, shape: tuple[int, ...]) -> None:
    assert write(tmp_path, *shape).vectors(SPLITS) is None


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    stored = write(tmp_path, 3)
    stored.path("val", 0).unlink()
    with pytest.raises(DataError, match=re.escape(f"{tmp_path / 'val-view0.npy'}: ")):
        stored.vectors(SPLITS)


def test_a_view_has_a_file_of_its_own(tmp_path: Path) -> None:
    stored = write(tmp_path, 3)
    np.save(tmp_path / "train-view2.npy", np.full((2, 3), 5))
    assert stored.load("train", 2).tolist() == [[5] * 3] * 2
    assert stored.load("train").tolist() == [[0] * 3] * 2


def test_a_file_that_is_no_array_is_named(tmp_path: Path) -> None:
    stored = write(tmp_path, 3)
    stored.path("val", 0).write_bytes(b"no array")
    with pytest.raises(DataError, match=re.escape(f"{tmp_path / 'val-view0.npy'}: ")):
        stored.load("val")
