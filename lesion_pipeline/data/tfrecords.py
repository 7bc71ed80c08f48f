"""A folder of decoded images: TFRecord shards, their index and their manifest."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lesion_pipeline.files import read_csv, read_json
from lesion_pipeline.labels import LABEL
from lesion_pipeline.tf import tf

MANIFEST: Final = "manifest.json"
INDEX: Final = "index.csv"
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


@dataclass(frozen=True)
class Records:
    """What preprocess wrote.

    Attributes:
        folder: where it lies.
    """

    folder: Path

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """Size and resize mode of the images, shards and counts by split, bad images."""
        return read_json(self.folder / MANIFEST)

    @property
    def size(self) -> int:
        """Side of the images in pixels."""
        return int(self.manifest["image_size"])

    @cached_property
    def _index(self) -> pd.DataFrame:
        return read_csv(self.folder / INDEX, image_id="str", lesion_id="str", dx="str")

    def index(self, split: str) -> pd.DataFrame:
        """Give image_id, lesion_id, dx and label (int64) of a split in the order of its images."""
        rows = self._index[self._index["split"] == split]
        return rows.drop(columns="split").reset_index(drop=True)

    def labels(self, split: str) -> NDArray[np.int64]:
        """Give the labels of a split (images,), 1 malignant."""
        return self.index(split)[LABEL].to_numpy(np.int64)

    def images(self, split: str) -> Any:
        """Give a tf.data.Dataset of the images of a split in order: uint8, (size, size, 3)."""
        size, features = self.size, {"image": tf.io.FixedLenFeature([], tf.string)}

        def parse(record: Any) -> Any:
            flat = tf.io.decode_raw(tf.io.parse_single_example(record, features)["image"], tf.uint8)
            return tf.reshape(flat, (size, size, 3))

        shards = [str(self.folder / name) for name in self.manifest["splits"][split]["shards"]]
        images = tf.data.TFRecordDataset(shards).map(
            parse, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True
        )
        return images.apply(tf.data.experimental.assert_cardinality(len(self.index(split))))
