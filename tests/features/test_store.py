"""The folder that `embed` writes, read without TensorFlow."""

import re
from pathlib import Path

import numpy as np
import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.files import read_json, write_json
from lesion_pipeline.core.labels import SPLITS
from lesion_pipeline.features.manifest import EmbeddingManifest
from lesion_pipeline.features.params import AugmentParams
from lesion_pipeline.features.store import EmbeddingStore

STILL = AugmentParams(
    flips=False, quarter_turns=False, rotation_degrees=0, zoom=0, brightness=0, contrast=0
)


def write(folder: Path, *shape: int) -> EmbeddingStore:
    EmbeddingManifest(
        cut="top", features="last", shape=shape, augmentations=2, augment=STILL
    ).write(folder / "manifest.json")
    for number, split in enumerate(SPLITS):
        np.save(folder / f"{split}.npy", np.full((2, *shape), number, dtype=np.float16))
    return EmbeddingStore(folder)


def test_the_manifest_comes_back(tmp_path: Path) -> None:
    manifest = write(tmp_path, 3).manifest
    assert (manifest.cut, manifest.features, manifest.shape) == ("top", "last", (3,))
    assert (manifest.augmentations, manifest.augment) == (2, STILL)


def test_a_manifest_without_a_key_is_refused(tmp_path: Path) -> None:
    store, file = write(tmp_path, 3), tmp_path / "manifest.json"
    write_json(file, {key: value for key, value in read_json(file).items() if key != "shape"})
    with pytest.raises(DataError, match=re.escape(f"{file}: shape: Field required")):
        store.vectors(SPLITS)
    file.unlink()
    with pytest.raises(DataError, match=re.escape(f"{file} not found: run `dvc repro`")):
        store.vectors(SPLITS)


def test_vectors_come_in_the_given_order(tmp_path: Path) -> None:
    parts = write(tmp_path, 3).vectors(("test", "train"))
    assert parts is not None
    assert [part.tolist() for part in parts] == [[[2] * 3] * 2, [[0] * 3] * 2]


@pytest.mark.parametrize("shape", [(), (4, 4, 8)])
def test_maps_and_nothing_are_no_vectors(tmp_path: Path, shape: tuple[int, ...]) -> None:
    assert write(tmp_path, *shape).vectors(SPLITS) is None


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    store = write(tmp_path, 3)
    store.path("val").unlink()
    with pytest.raises(DataError, match=re.escape(f"{tmp_path / 'val.npy'}: ")):
        store.vectors(SPLITS)


def test_an_augmented_copy_has_its_own_file(tmp_path: Path) -> None:
    store = write(tmp_path, 3)
    np.save(tmp_path / "train-augmented2.npy", np.full((2, 3), 5))
    assert store.load("train", 2).tolist() == [[5] * 3] * 2
    assert store.load("train").tolist() == [[0] * 3] * 2


@pytest.mark.parametrize("shape", [(5,), (3, 4, 2)])
@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_single_images_are_read_from_a_file(
    tmp_path: Path, shape: tuple[int, ...], dtype: type
) -> None:
    store, array = EmbeddingStore(tmp_path), np.random.default_rng(0).normal(size=(30, *shape))
    np.save(store.path("train", 2), array.astype(dtype))
    rows = store.rows("train", 2)
    for image in (23, 0, 7):
        np.testing.assert_array_equal(rows[image], array[image].astype(dtype))
        assert rows[image].dtype == dtype


def test_a_file_that_is_no_array_is_named(tmp_path: Path) -> None:
    store = write(tmp_path, 3)
    store.path("val").write_bytes(b"no array")
    with pytest.raises(DataError, match=re.escape(f"{tmp_path / 'val.npy'}: ")):
        store.load("val")
