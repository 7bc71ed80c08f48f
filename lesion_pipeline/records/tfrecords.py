"""A folder of decoded images: TFRecord shards, their index and their manifest."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.core.labels import LABEL
from lesion_pipeline.records.index import RecordIndex
from lesion_pipeline.tf.load import tf

OPEN_SHARDS: Final = 32  # at a time, when shuffling
SHUFFLED_IMAGES: Final = 2048  # at 224 pixels about 300 MB, whatever the size of the collection
_TEXTS: Final = ("image_id", "lesion_id", "dx")


def to_record(image: NDArray[np.uint8], row: dict[str, Any]) -> bytes:
    """Serialise an image (uint8, (size, size, 3)) with its row's image_id, lesion_id, dx, label."""
    feature = {
        "image": _bytes(image.tobytes()),
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
        records = tf.data.TFRecordDataset(self._shards(split))
        images = records.map(self._image, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
        return images.apply(tf.data.experimental.assert_cardinality(len(self.index(split))))

    def shuffled(self, split: str, seed: int) -> Any:
        """Return a tf.data.Dataset of (image, dx) in random order.

        The order depends on `seed` and TensorFlow's global seed. Images are read from many shards
        in turn and then drawn from a buffer, so that nothing remains of the collection's order, in
        which diagnoses are not evenly spread.
        """
        shards = np.random.default_rng(seed).permutation(self._shards(split))
        records = tf.data.Dataset.from_tensor_slices(shards).interleave(
            tf.data.TFRecordDataset, cycle_length=OPEN_SHARDS
        )
        count = len(self.index(split))
        drawn = records.shuffle(min(count, SHUFFLED_IMAGES), seed=seed)
        pairs = drawn.map(self._pair, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
        return pairs.apply(tf.data.experimental.assert_cardinality(count))

    def _shards(self, split: str) -> list[str]:
        return [str(self.folder / name) for name in self.manifest.splits[split].shards]

    def _image(self, record: Any) -> Any:
        return self._pair(record)[0]

    def _pair(self, record: Any) -> Any:
        features = {name: tf.io.FixedLenFeature([], tf.string) for name in ("image", "dx")}
        parsed = tf.io.parse_single_example(record, features)
        flat = tf.io.decode_raw(parsed["image"], tf.uint8)
        return tf.reshape(flat, (self.size, self.size, 3)), parsed["dx"]
