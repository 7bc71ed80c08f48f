"""Decode each image once and pack the pixels into TFRecord shards."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import pandas as pd

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.files import write_csv
from lesion_pipeline.core.labels import CLASSES, LABEL, SPLITS
from lesion_pipeline.images import image_files, read_image
from lesion_pipeline.preprocessing.params import PreprocessParams
from lesion_pipeline.records.index import INDEX, RECORD_MANIFEST
from lesion_pipeline.records.manifest import BadImage, RecordManifest, SplitRecords
from lesion_pipeline.records.tfrecords import to_record
from lesion_pipeline.shards.execution import Execution, make_all
from lesion_pipeline.shards.task import Facts, ShardTask
from lesion_pipeline.tf.load import tf

_COLUMNS: Final = ["image_id", "lesion_id", "dx", LABEL]


@dataclass(frozen=True)
class Shard:
    """A file to be written, and the rows of its images."""

    split: str
    name: str
    rows: list[dict[str, Any]]


def preprocess(
    table: pd.DataFrame,
    malignant: Collection[str],
    images: Path,
    target: Path,
    params: PreprocessParams,
    execution: Execution,
) -> RecordManifest:
    """Write shards, index and manifest into `target`; no byte depends on `execution`.

    The images of each shard are chosen before any is decoded, and each shard is written by one
    worker. An image that can't be decoded is left out and named.

    Args:
        table: one row per image: image_id, lesion_id, dx, label, split.
        malignant: the diagnoses whose label is 1, for the manifest.
        images: folder with <image_id>.<suffix>.
        target: a folder of `shard_folder`.
        params: size, resize mode, images per shard, tolerated fraction of bad images.
        execution: who makes the shards; decoding and resizing run outside Python's lock.

    Returns:
        The manifest, as it is written.

    Raises:
        DataError: more than `max_bad_fraction` of the images are bad (lists all of them), a
            split has no readable image of a class, or a shard can't be written.
        SystemExit: with status 0, a part of the shards was to be made, and is.
    """
    files = image_files(images)
    shards = list(plan_shards(table, params.images_per_shard))
    largest_first = sorted(shards, key=lambda shard: -len(shard.rows))  # so workers end together
    tasks = [_task(shard, files, target, params) for shard in largest_first]
    found = [item for facts in make_all(tasks, execution, "preprocess") for item in facts["bad"]]
    bad = [BadImage(**item) for item in found]
    bad.sort(key=lambda item: item.image_id)
    _refuse_too_many(bad, len(table), params.max_bad_fraction)
    good = _good(shards, bad)
    _refuse_missing_class(good)
    write_csv(target / INDEX, good)
    other: dict[str, Any] = {} if params.encoding == "raw" else {"encoding": params.encoding}
    manifest = RecordManifest(
        image_size=params.image_size,
        resize=params.resize,
        malignant=tuple(malignant),
        splits={split: _records_of(split, shards, good) for split in SPLITS},
        bad=tuple(bad),
        **other,
    )
    manifest.write(target / RECORD_MANIFEST)
    return manifest


def plan_shards(table: pd.DataFrame, size: int) -> Iterator[Shard]:
    """Cut each split, in the order of image_id, into shards of `size` images."""
    for split in SPLITS:
        rows = table.loc[table["split"] == split, _COLUMNS].sort_values("image_id")
        records = rows.to_dict("records")
        count = -(-len(records) // size)
        for index in range(count):
            name = f"{split}-{index:05d}-of-{count:05d}.tfrecord"
            part = records[index * size : (index + 1) * size]
            yield Shard(split, name, part)  # type: ignore[arg-type]


def _task(
    shard: Shard, files: dict[str, Path], target: Path, params: PreprocessParams
) -> ShardTask:
    """Return the task to write a shard: a value of a few kilobytes, without the other shards."""
    names = (row["image_id"] for row in shard.rows)
    paths = [files.get(name, Path(name)).absolute() for name in names]
    return ShardTask(target.absolute() / shard.name, partial(_write, shard.rows, paths, params))


def _write(
    rows: list[dict[str, Any]], files: list[Path], params: PreprocessParams, target: Path
) -> Facts:
    """Write the images that can be decoded to a TFRecord file; the facts name the others."""
    bad = []
    with _trouble_reported(), tf.io.TFRecordWriter(str(target)) as writer:
        for row, file in zip(rows, files, strict=True):
            try:
                image = read_image(file, params.image_size, params.resize)
            except DataError as error:
                bad.append({"image_id": row["image_id"], "reason": str(error)})
            else:
                writer.write(to_record(image, row, params.encoding))
    return {"bad": bad}


@contextmanager
def _trouble_reported() -> Iterator[None]:
    """Report a full disk and the like, for which TensorFlow has its own errors."""
    try:
        yield
    except tf.errors.OpError as error:
        raise DataError(error.message) from None


def _refuse_too_many(bad: list[BadImage], images: int, tolerated: float) -> None:
    if len(bad) > tolerated * images:
        names = "\n".join(f"  {item.image_id}: {item.reason}" for item in bad)
        raise DataError(
            f"{len(bad)} of {images} images are bad, more than "
            f"preprocess.max_bad_fraction ({tolerated:g}) allows:\n{names}"
        )


def _refuse_missing_class(good: pd.DataFrame) -> None:
    for split in SPLITS:
        for label, name in enumerate(CLASSES):
            if not ((good["split"] == split) & (good[LABEL] == label)).any():
                raise DataError(f"no {name} image of split {split} can be decoded")


def _good(shards: list[Shard], bad: list[BadImage]) -> pd.DataFrame:
    """Return the rows of the images that were written, in the order of the records."""
    refused = {item.image_id for item in bad}
    rows = [row | {"split": shard.split} for shard in shards for row in shard.rows]
    good = [row for row in rows if row["image_id"] not in refused]
    return pd.DataFrame(good, columns=[*_COLUMNS, "split"])


def _records_of(split: str, shards: list[Shard], good: pd.DataFrame) -> SplitRecords:
    labels = good.loc[good["split"] == split, LABEL]
    return SplitRecords(
        shards=tuple(shard.name for shard in shards if shard.split == split),
        images=len(labels),
        malignant=int(labels.sum()),
    )
