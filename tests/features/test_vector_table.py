"""Vectors of images that a user brings, in each of the three file types."""

import hashlib
import re
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.features.vector_table import VectorTable

IDS = ["b", "a", "c"]
VALUES = np.array([[1.0, 2.0], [3.0, 4.5], [-5.0, 0.0]])


def npz(folder: Path, ids: list[str], values: NDArray[np.float64]) -> Path:
    np.savez(folder / "made.npz", image_id=np.array(ids), vectors=values)
    return folder / "made.npz"


def npy(folder: Path, ids: list[str], values: NDArray[np.float64]) -> Path:
    np.save(folder / "made.npy", values)
    (folder / "made.txt").write_text("\n".join(ids) + "\n")
    return folder / "made.npy"


def parquet_of_lists(folder: Path, ids: list[str], values: NDArray[np.float64]) -> Path:
    table = pd.DataFrame({"vector": list(values), "image_id": ids})
    table.to_parquet(folder / "made.parquet")
    return folder / "made.parquet"


def parquet_of_columns(folder: Path, ids: list[str], values: NDArray[np.float64]) -> Path:
    pd.DataFrame(values, columns=["0", "1"]).assign(image_id=ids).to_parquet(
        folder / "made.parquet"
    )
    return folder / "made.parquet"


WRITERS = [npz, npy]
if find_spec("pyarrow"):
    WRITERS += [parquet_of_lists, parquet_of_columns]


@pytest.mark.parametrize("write", WRITERS)
def test_vectors_are_found_by_image(
    write: Callable[[Path, list[str], NDArray[np.float64]], Path], tmp_path: Path
) -> None:
    table = VectorTable.read(write(tmp_path, IDS, VALUES))
    assert table.source.dims == 2 and table.vectors.dtype == np.float32
    np.testing.assert_array_equal(table.of(["a", "b", "a"]), [[3, 4.5], [1, 2], [3, 4.5]])


def test_the_source_is_known_by_its_bytes_and_those_of_its_ids(tmp_path: Path) -> None:
    path = npy(tmp_path, IDS, VALUES)
    both = path.read_bytes() + (tmp_path / "made.txt").read_bytes()
    source = VectorTable.read(path).source
    assert (source.file, source.sha256) == ("made.npy", hashlib.sha256(both).hexdigest())
    assert str(source).startswith("made.npy, 2 numbers for each image, sha256 ")


def test_images_without_a_vector_are_named(tmp_path: Path) -> None:
    table = VectorTable.read(npz(tmp_path, IDS, VALUES))
    wanted = r"embed.vectors: made.npz has no vector for 2 of 3 images: x, y"
    with pytest.raises(DataError, match=wanted):
        table.of(["x", "a", "y"])
    with pytest.raises(DataError, match=r"for 9 of 9 images: 0, 1, 2, 3, 4, \.\.\.$"):
        table.of([str(number) for number in range(9)])


@pytest.mark.parametrize(
    ("ids", "values", "text"),
    [
        (["a", "b", "a"], VALUES, "image more than once: a"),
        (IDS, np.array([[1.0], [np.nan], [np.inf]]), "not finite as float32 for 2 images: a, c"),
        (IDS, np.array([[1.0], [1e39], [0.0]]), "not finite as float32 for 1 images: a"),
        (IDS[:2], VALUES, "3 vectors, but 2 image ids"),
        (IDS, VALUES.ravel(), "expected numbers (images, dims), received float64 (6,)"),
        (IDS, VALUES.astype(str), "expected numbers (images, dims), received <U32 (3, 2)"),
        ([], np.empty((0, 4)), "expected numbers (images, dims), received float64 (0, 4)"),
    ],
)
def test_what_is_no_table_of_vectors_is_refused(
    ids: list[str], values: NDArray[np.float64], text: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=re.escape(text)):
        VectorTable.read(npz(tmp_path, ids, values))


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", x=VALUES)
    np.save(tmp_path / "alone.npy", VALUES)
    np.savez(tmp_path / "code.npz", image_id=np.array(IDS, object), vectors=VALUES)
    (tmp_path / "made.csv").write_text("a,b\n")
    for name in ("other.npz", "alone.npy", "code.npz", "nowhere.npz"):
        with pytest.raises(DataError, match=rf"{name} can't be read as vectors by image_id: "):
            VectorTable.read(tmp_path / name)
    with pytest.raises(DataError, match=r"made\.csv: expected a file in \.npy, \.npz, \.parquet"):
        VectorTable.read(tmp_path / "made.csv")


def test_parquet_without_its_package_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lesion_pipeline.features.vector_table.find_spec", lambda name: None)
    with pytest.raises(DataError, match="needs pyarrow"):
        VectorTable.read(tmp_path / "made.parquet")
