from pathlib import Path

import numpy as np
import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.web.similar import Neighbour, SimilarIndex, network_hash

KNOWN = [("a", "nv"), ("b", "mel"), ("c", "bcc")]
LAYERS = np.array([[2, 0], [3, 3], [0, 5]], np.float32)


def test_the_nearest_by_cosine_come_first() -> None:
    index = SimilarIndex.of(KNOWN, LAYERS, "x")
    assert index.nearest(np.array([10, 0], np.float32), 2) == [
        Neighbour("a", "nv", 1.0),
        Neighbour("b", "mel", pytest.approx(np.sqrt(0.5), abs=1e-3)),
    ]
    assert len(index.nearest(np.zeros(2, np.float32), 9)) == 3


def test_it_is_read_as_it_was_written_and_written_the_same_twice(tmp_path: Path) -> None:
    index = SimilarIndex.of(KNOWN, LAYERS, "x")
    for name in ("one", "two"):
        index.save(tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    read = SimilarIndex.load(tmp_path / "one", "x")
    assert (read.image_ids, read.diagnoses) == (("a", "b", "c"), ("nv", "mel", "bcc"))
    assert np.array_equal(read.vectors, index.vectors)


def test_another_networks_index_a_damaged_one_and_none_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "i.npz"
    with pytest.raises(DataError, match=r"i\.npz not found: make it with `lesion index "):
        SimilarIndex.load(file, "x")
    SimilarIndex.of(KNOWN, LAYERS, "x").save(file)
    with pytest.raises(DataError, match="was made with another network"):
        SimilarIndex.load(file, "y")
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(DataError, match="expected an index that `lesion index` made"):
        SimilarIndex.load(file, "x")


def test_pickled_objects_are_not_loaded(tmp_path: Path) -> None:
    harmful = np.array([{}], object)
    np.savez(tmp_path / "i.npz", image_ids=harmful, diagnoses=[], vectors=[], network="x")
    with pytest.raises(DataError, match="expected an index"):
        SimilarIndex.load(tmp_path / "i.npz", "x")


def test_the_hash_is_sha256(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"")
    assert network_hash(tmp_path / "f").startswith("e3b0c44298fc1c149afbf4c8996fb924")
