"""Shards: what is written, in which order, and that no byte depends on the workers."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.labels import MALIGNANT, SPLITS
from lesion_pipeline.images import read_image
from lesion_pipeline.preprocessing.params import PreprocessParams
from lesion_pipeline.preprocessing.preprocess import plan_shards, preprocess
from lesion_pipeline.records.manifest import BadImage, RecordManifest
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.shards import task
from lesion_pipeline.shards.execution import Execution, Part, local
from lesion_pipeline.shards.folder import shard_folder
from lesion_pipeline.shards.task import Facts, ShardTask

PARAMS = PreprocessParams(
    image_size=32, resize="crop", encoding="raw", images_per_shard=2, max_bad_fraction=0.2
)
ONE = local(1)
NO_RAY = "ray isn't installed: pip install -r requirements-ray.txt"
# Each fifth goes to val, each one after to test: 6, 2 and 2 of the ten.
SIDES = ["train", "train", "train", "val", "test"] * 2


@pytest.fixture
def table() -> pd.DataFrame:
    """Ten images, in no order; every second one is malignant."""
    rows = [
        {
            "image_id": f"I{n}",
            "lesion_id": f"L{n}",
            "dx": ("nv", "mel")[n % 2],
            "label": n % 2,
            "split": SIDES[n],
        }
        for n in (7, 2, 9, 0, 1, 8, 3, 6, 5, 4)
    ]
    return pd.DataFrame(rows)


@pytest.fixture
def images(tmp_path: Path, write_noise: Callable[[Path, int], None]) -> Path:
    for n in range(10):
        write_noise(tmp_path / f"images/I{n}.jpg", n)
    return tmp_path / "images"


@pytest.fixture
def run(tmp_path: Path, table: pd.DataFrame, images: Path) -> Callable[..., RecordManifest]:
    """Give a function that preprocesses the ten images into tmp_path / `name`."""

    def into(name: str, execution: Execution = ONE, **changes: Any) -> RecordManifest:
        params = PARAMS.model_copy(update=changes)
        with shard_folder(tmp_path / name, "key", execution) as target:
            return preprocess(table, MALIGNANT, images, target, params, execution)

    return into


def decoded(records: Records, split: str) -> np.ndarray:
    return np.stack(list(records.images(split).as_numpy_iterator()))


@pytest.mark.parametrize(
    ("size", "sizes"),
    [
        (1, {"train": [1] * 6, "val": [1, 1], "test": [1, 1]}),
        (4, {"train": [4, 2], "val": [2], "test": [2]}),
        (6, {"train": [6], "val": [2], "test": [2]}),
        (256, {"train": [6], "val": [2], "test": [2]}),
    ],
)
def test_shards_are_full_but_for_the_last(
    table: pd.DataFrame, size: int, sizes: dict[str, list[int]]
) -> None:
    shards = list(plan_shards(table, size))
    found = {split: [len(s.rows) for s in shards if s.split == split] for split in SPLITS}
    assert found == sizes


def test_shards_go_by_split_and_image_id(table: pd.DataFrame) -> None:
    shards = {
        shard.name: [row["image_id"] for row in shard.rows] for shard in plan_shards(table, 4)
    }
    assert shards == {
        "train-00000-of-00002.tfrecord": ["I0", "I1", "I2", "I5"],
        "train-00001-of-00002.tfrecord": ["I6", "I7"],
        "val-00000-of-00001.tfrecord": ["I3", "I8"],
        "test-00000-of-00001.tfrecord": ["I4", "I9"],
    }


def test_the_manifest_counts_what_was_written(run: Callable[..., RecordManifest]) -> None:
    manifest = run("out", images_per_shard=256)
    assert manifest.model_dump(mode="json", exclude_unset=True) == {
        "image_size": 32,
        "resize": "crop",
        "splits": {
            "train": {"shards": ["train-00000-of-00001.tfrecord"], "images": 6, "malignant": 3},
            "val": {"shards": ["val-00000-of-00001.tfrecord"], "images": 2, "malignant": 1},
            "test": {"shards": ["test-00000-of-00001.tfrecord"], "images": 2, "malignant": 1},
        },
        "malignant": ["akiec", "bcc", "mel"],
        "bad": [],
    }


def test_images_read_back_are_those_decoded(
    tmp_path: Path, run: Callable[..., RecordManifest], images: Path
) -> None:
    run("out")
    records = Records(tmp_path / "out")
    ids = {"train": ["I0", "I1", "I2", "I5", "I6", "I7"], "val": ["I3", "I8"], "test": ["I4", "I9"]}
    assert records.size == 32
    for split in SPLITS:
        index = records.index(split)
        expected = [read_image(images / f"{name}.jpg", 32, "crop") for name in ids[split]]
        np.testing.assert_array_equal(decoded(records, split), expected)
        assert index["image_id"].tolist() == ids[split]
        assert index["lesion_id"].tolist() == [name.replace("I", "L") for name in ids[split]]
        assert records.labels(split).tolist() == [int(name[1:]) % 2 for name in ids[split]]


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@pytest.mark.parametrize("workers", [2, 4])
def test_no_byte_depends_on_the_workers(
    tmp_path: Path, run: Callable[..., RecordManifest], images: Path, workers: int
) -> None:
    (images / "I2.jpg").write_bytes(b"")
    run("one")
    run("more", local(workers))
    assert contents(tmp_path / "one") == contents(tmp_path / "more")
    assert len(contents(tmp_path / "one")) == 3 + 1 + 1 + 2  # shards, index and manifest


@pytest.mark.slow
@pytest.mark.skipif(find_spec("ray") is None, reason=NO_RAY)
@pytest.mark.parametrize("workers", [1, 2, 4])
def test_no_byte_depends_on_ray(
    tmp_path: Path, run: Callable[..., RecordManifest], images: Path, workers: int
) -> None:
    from lesion_pipeline.shards.ray_tasks import on_ray

    (images / "I2.jpg").write_bytes(b"")
    run("one")
    run("more", Execution(partial(on_ray, workers)))
    assert contents(tmp_path / "one") == contents(tmp_path / "more")


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 1, 2)])
def test_no_byte_depends_on_the_parts_in_which_it_was_made(
    tmp_path: Path, run: Callable[..., RecordManifest], images: Path, order: tuple[int, ...]
) -> None:
    (images / "I2.jpg").write_bytes(b"")
    run("one")
    for index in order:
        with pytest.raises(SystemExit, match="0"):
            run("parts", replace(ONE, part=Part(index, 3)))
    manifest = run("parts", Execution(no_worker))
    assert contents(tmp_path / "one") == contents(tmp_path / "parts")
    assert [image.image_id for image in manifest.bad] == ["I2"]


def no_worker(tasks: Sequence[ShardTask]) -> Iterator[tuple[ShardTask, Facts]]:
    raise AssertionError(f"{len(tasks)} shards weren't finished")


def test_a_bad_image_is_left_out_and_named(
    tmp_path: Path, run: Callable[..., RecordManifest], images: Path
) -> None:
    (images / "I1.jpg").write_bytes(b"")
    manifest = run("out")
    records = Records(tmp_path / "out")
    assert manifest.bad == (BadImage(image_id="I1", reason="can't be decoded: no bytes"),)
    assert manifest.splits["train"].images == 5
    assert manifest.splits["train"].malignant == 2
    assert records.manifest == manifest
    assert records.index("train")["image_id"].tolist() == ["I0", "I2", "I5", "I6", "I7"]
    kept = [read_image(images / f"I{n}.jpg", 32, "crop") for n in (0, 2, 5, 6, 7)]
    np.testing.assert_array_equal(decoded(records, "train"), kept)


def test_as_many_bad_images_as_allowed_pass(
    run: Callable[..., RecordManifest], images: Path
) -> None:
    for n in (1, 6):  # train has another of each class
        (images / f"I{n}.jpg").write_bytes(b"")
    assert [image.image_id for image in run("out").bad] == ["I1", "I6"]


def test_more_bad_images_than_allowed_stop_with_all_of_them(
    run: Callable[..., RecordManifest], images: Path
) -> None:
    for n in (1, 2, 9):
        (images / f"I{n}.jpg").write_bytes(b"")
    with pytest.raises(DataError) as error:
        run("out")
    assert str(error.value).splitlines() == [
        "3 of 10 images are bad, more than preprocess.max_bad_fraction (0.2) allows:",
        "  I1: can't be decoded: no bytes",
        "  I2: can't be decoded: no bytes",
        "  I9: can't be decoded: no bytes",
    ]


def test_a_full_disk_is_told(
    small_disk: Path, table: pd.DataFrame, images: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(task, "PAUSES", (0, 0))
    params = PARAMS.model_copy(update={"image_size": 512})  # 3 MB for four images
    with (
        pytest.raises(DataError, match=r"^\w+-0000\d-of-0000\d\.tfrecord can't be .*No space left"),
        shard_folder(small_disk / "out", "key", local(2)) as target,
    ):
        preprocess(table, MALIGNANT, images, target, params, local(2))


def test_a_split_left_without_a_class_is_refused(
    run: Callable[..., RecordManifest], images: Path
) -> None:
    (images / "I3.jpg").write_bytes(b"")  # the only malignant one of val
    with pytest.raises(DataError) as error:
        run("out")
    assert str(error.value) == "no malignant image of split val can be decoded"


def test_nothing_but_bad_images_is_refused_whatever_is_allowed(
    run: Callable[..., RecordManifest], images: Path
) -> None:
    for n in range(10):
        (images / f"I{n}.jpg").write_bytes(b"")
    with pytest.raises(DataError, match="no benign image of split train can be decoded"):
        run("out", max_bad_fraction=1.0)
