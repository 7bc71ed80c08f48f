"""A folder of decoded images: TFRecord shards, their index and their manifest."""

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lesion_pipeline.core.labels import LABEL
from lesion_pipeline.records.encoding import encoded, pixels
from lesion_pipeline.records.index import RecordIndex
from lesion_pipeline.records.manifest import Encoding
from lesion_pipeline.tf.load import tf

OPEN_SHARDS: Final = 32  # at a time, when shuffling
SHUFFLED_IMAGES: Final = 2048  # at 224 pixels about 300 MB, whatever the size of the collection
_TEXTS: Final = ("image_id", "lesion_id", "dx")


def to_record(image: NDArray[np.uint8], row: dict[str, Any], encoding: Encoding = "raw") -> bytes:
    """Serialise an image (uint8, (size, size, 3)) with its row's image_id, lesion_id, dx, label."""
    feature = {
        "image": _bytes(encoded(image, encoding)),
        **{name: _bytes(str(row[name]).encode()) for name in _TEXTS},
        LABEL: tf.train.Feature(int64_list=tf.train.Int64List(value=[int(row[LABEL])])),
    }
    example = tf.train.Example(features=tf.train.Features(feature=feature))
    return bytes(example.SerializeToString(deterministic=True))


def _bytes(value: bytes) -> Any:
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))


class Records(RecordIndex):
    """A folder that `preprocess` wrote, with the images."""

    def images(self, split: str) -> Any:
        """Return a tf.data.Dataset of the images of a split in order: uint8, (size, size, 3)."""
        records = tf.data.TFRecordDataset(self._shards([split]))
        images = records.map(self._image, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
        return images.apply(tf.data.experimental.assert_cardinality(len(self.index(split))))

    def shards(self, split: str) -> Iterator[tuple[str, int]]:
        """Yield the name of each file of a split, and how many images it has."""
        for name in self.manifest.splits[split].shards:
            yield name, _count(self.folder / name)

    def images_in(self, shard: str, start: int, count: int) -> NDArray[np.uint8]:
        """Read some images of a file: uint8, (count, size, size, 3).

        Nothing is traced, which would take longer than to read a hundred images.

        Args:
            shard: the file's name.
            start: the place of the first in the file.
            count: how many.
        """
        records = tf.data.TFRecordDataset(str(self.folder / shard)).skip(start).take(count)
        return np.stack([self._read(record) for record in records.as_numpy_iterator()])

    def images_of(self, rows: pd.DataFrame) -> Any:
        """Return a tf.data.Dataset of some images, as `images` does.

        Args:
            rows: rows of what `rows` returned for some splits, in their order.
        """
        splits = list(dict.fromkeys(rows["split"]))
        wanted = self.rows(splits)["image_id"].isin(rows["image_id"]).to_numpy()
        records = tf.data.TFRecordDataset(self._shards(splits))
        kept = tf.data.Dataset.zip(records, tf.data.Dataset.from_tensor_slices(wanted))
        kept = kept.filter(_second)
        images = kept.map(self._image, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
        return images.apply(tf.data.experimental.assert_cardinality(len(rows)))

    def shuffled(
        self, rows: pd.DataFrame, seed: int, times: NDArray[np.int64] | None = None
    ) -> Any:
        """Return a tf.data.Dataset of (image, place in `rows`) in random order.

        The order depends on `seed` and TensorFlow's global seed. Images are read from many shards
        in turn and then drawn from a buffer, so that nothing remains of the collection's order, in
        which diagnoses are not evenly spread.

        Args:
            rows: rows of what `rows` returned for some splits.
            seed: of the order.
            times: int64 (rows,), how often each image comes, 0 or more; None: once.
        """
        splits = list(dict.fromkeys(rows["split"]))
        shards = np.random.default_rng(seed).permutation(self._shards(splits))
        records = tf.data.Dataset.from_tensor_slices(shards).interleave(
            tf.data.TFRecordDataset, cycle_length=OPEN_SHARDS
        )
        placed = records.map(
            partial(_placed, _places(rows["image_id"].to_numpy(str))),
            num_parallel_calls=tf.data.AUTOTUNE,
            deterministic=True,
        ).filter(_is_placed)
        count = len(rows)
        if times is not None:
            count = int(times.sum())
            placed = placed.flat_map(partial(_repeated, tf.constant(times)))
        drawn = placed.shuffle(min(count, SHUFFLED_IMAGES), seed=seed)
        pairs = drawn.map(self._pair, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
        return pairs.apply(tf.data.experimental.assert_cardinality(count))

    def _shards(self, splits: Iterable[str]) -> list[str]:
        names = [name for split in splits for name in self.manifest.splits[split].shards]
        return [str(self.folder / name) for name in names]

    def _read(self, record: bytes) -> NDArray[np.uint8]:
        feature = tf.train.Example.FromString(record).features.feature["image"]
        image = pixels(feature.bytes_list.value[0], self.manifest.encoding, self.size)
        return np.asarray(image, np.uint8)

    def _pair(self, record: Any, place: Any) -> Any:
        return self._image(record), place

    def _image(self, record: Any, *_: Any) -> Any:
        feature = {"image": tf.io.FixedLenFeature([], tf.string)}
        content = tf.io.parse_single_example(record, feature)["image"]
        return pixels(content, self.manifest.encoding, self.size)


def _count(file: Path) -> int:
    """Count the records of a file: before each are its length (uint64) and a checksum of that."""
    count, place, size = 0, 0, file.stat().st_size
    with file.open("rb") as stream:
        while place < size:
            stream.seek(place)
            place += 8 + 4 + int.from_bytes(stream.read(8), "little") + 4  # and a checksum after it
            count += 1
    return count


# TensorFlow reads the source of what a dataset calls, which it can't of lambdas.
def _second(_: Any, second: Any) -> Any:
    return second


def _placed(places: Any, record: Any) -> Any:
    """Return a record and the place of its image."""
    feature = {"image_id": tf.io.FixedLenFeature([], tf.string)}
    return record, places.lookup(tf.io.parse_single_example(record, feature)["image_id"])


def _is_placed(_: Any, place: Any) -> Any:
    return place >= 0


def _repeated(times: Any, record: Any, place: Any) -> Any:
    return tf.data.Dataset.from_tensors((record, place)).repeat(times[place])


def _places(image_ids: NDArray[np.str_]) -> Any:
    """Return TensorFlow's table from image_id to its place, -1 for others.

    A mutable one, as a StaticHashTable makes later conversions warn of its initializer.
    """
    table = tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, default_value=-1)
    table.insert(tf.constant(image_ids), tf.range(len(image_ids), dtype=tf.int64))
    return table
