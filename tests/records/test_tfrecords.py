"""Records: what is written is read back."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from lesion_pipeline.core.files import write_csv
from lesion_pipeline.core.labels import SPLITS
from lesion_pipeline.records.manifest import RecordManifest, SplitRecords
from lesion_pipeline.records.tfrecords import Records, to_record
from lesion_pipeline.tf.load import keras, tf

SIZE = 32
DX = ["nv", "mel", "bkl", "nv", "df", "mel", "nv"]
ROWS = [
    {"image_id": f"I{n}", "lesion_id": f"L{n}", "dx": dx, "label": int(dx == "mel")}
    for n, dx in enumerate(DX)
]
IMAGES = np.random.default_rng(0).integers(0, 256, (len(DX), SIZE, SIZE, 3), dtype=np.uint8)
SHARDS = {"train-0": slice(0, 3), "train-1": slice(3, 5), "train-2": slice(5, 7)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seven images of train in three shards."""
    folder = tmp_path_factory.mktemp("records")
    for name, part in SHARDS.items():
        with tf.io.TFRecordWriter(str(folder / name)) as writer:
            for image, row in zip(IMAGES[part], ROWS[part], strict=True):
                writer.write(to_record(image, row))
    write_csv(folder / "index.csv", pd.DataFrame(ROWS).assign(split="train"))
    empty = SplitRecords(shards=(), images=0, malignant=0)
    train = SplitRecords(shards=tuple(SHARDS), images=7, malignant=2)
    RecordManifest(
        image_size=SIZE, resize="squash", malignant=("mel",),
        splits=dict.fromkeys(SPLITS, empty) | {"train": train}, bad=(),
    ).write(folder / "manifest.json")  # fmt: skip
    return folder


def shuffled(folder: Path, seed: int, global_seed: int = 1) -> list[tuple[int, str]]:
    """Give number and diagnosis of the images as they come."""
    keras.utils.set_random_seed(global_seed)
    records = Records(folder)
    pairs = list(records.shuffled(records.rows(["train"]), seed).as_numpy_iterator())
    return [(number_of(image), DX[place]) for image, place in pairs]


def number_of(image: NDArray[np.uint8]) -> int:
    return int(np.flatnonzero((image == IMAGES).all(axis=(1, 2, 3)))[0])


def test_a_record_has_the_pixels_and_what_is_known_of_the_image() -> None:
    example = tf.train.Example.FromString(to_record(IMAGES[1], ROWS[1]))
    feature = example.features.feature
    assert feature["image"].bytes_list.value[0] == IMAGES[1].tobytes()
    texts = {name: feature[name].bytes_list.value[0] for name in ("image_id", "lesion_id", "dx")}
    assert texts == {"image_id": b"I1", "lesion_id": b"L1", "dx": b"mel"}
    assert feature["label"].int64_list.value == [1]


def test_a_record_has_the_same_bytes_each_time() -> None:
    assert to_record(IMAGES[0], ROWS[0]) == to_record(IMAGES[0], ROWS[0])


def test_images_come_back_in_order_over_all_shards(folder: Path) -> None:
    dataset = Records(folder).images("train")
    assert len(dataset) == 7
    np.testing.assert_array_equal(list(dataset.as_numpy_iterator()), IMAGES)


def test_the_files_of_a_split_and_some_images_of_one(folder: Path) -> None:
    records = Records(folder)
    assert list(records.shards("train")) == [("train-0", 3), ("train-1", 2), ("train-2", 2)]
    assert list(records.shards("val")) == []
    some = records.images_in("train-0", 1, 2)
    assert some.dtype == np.uint8
    np.testing.assert_array_equal(some, IMAGES[1:3])


def test_a_split_without_images_is_empty(folder: Path) -> None:
    assert list(Records(folder).images("val").as_numpy_iterator()) == []


def test_shuffling_keeps_each_image_once_with_its_diagnosis(folder: Path) -> None:
    order = shuffled(folder, 1)
    records = Records(folder)
    assert len(records.shuffled(records.rows(["train"]), 1)) == 7
    assert sorted(order) == list(enumerate(DX)) and order != list(enumerate(DX))


def test_the_order_depends_on_both_seeds_alone(folder: Path) -> None:
    order = shuffled(folder, 1)
    assert shuffled(folder, 1) == order
    assert shuffled(folder, 2) != order and shuffled(folder, 1, 2) != order


def test_some_images_come_in_order(folder: Path) -> None:
    records = Records(folder)
    rows = records.rows(["train", "val"]).iloc[[1, 3, 6]]
    dataset = records.images_of(rows)
    assert len(dataset) == 3
    np.testing.assert_array_equal(list(dataset.as_numpy_iterator()), IMAGES[[1, 3, 6]])


def test_some_images_are_shuffled_as_often_as_asked(folder: Path) -> None:
    """Each with its place among those that were asked for."""
    records = Records(folder)
    rows = records.rows(["train"]).iloc[[1, 3, 6]].reset_index(drop=True)
    once = list(records.shuffled(rows, 1).as_numpy_iterator())
    assert sorted((number_of(image), int(place)) for image, place in once) == [
        (1, 0), (3, 1), (6, 2),
    ]  # fmt: skip
    dataset = records.shuffled(rows, 1, np.array([2, 0, 1]))
    assert len(dataset) == 3
    numbers = [number_of(image) for image, _ in dataset.as_numpy_iterator()]
    assert sorted(numbers) == [1, 1, 6]
