"""Facts of TFRecords without TensorFlow."""

from pathlib import Path

import pandas as pd
import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.files import read_json, write_csv, write_json
from lesion_pipeline.core.labels import SPLITS
from lesion_pipeline.records.index import RecordIndex
from lesion_pipeline.records.manifest import BadImage, RecordManifest, SplitRecords


@pytest.fixture
def index(tmp_path: Path) -> RecordIndex:
    """Two images of each split, the splits out of order."""
    splits = ["test", "train", "val", "train", "test", "val"]
    rows = [
        (f"{n}", f"00{n}", "mel" if n % 2 else "nv", n % 2, split) for n, split in enumerate(splits)
    ]
    columns = ["image_id", "lesion_id", "dx", "label", "split"]
    write_csv(tmp_path / "index.csv", pd.DataFrame(rows, columns=columns))
    shards = SplitRecords(shards=("a.tfrecord",), images=2, malignant=1)
    RecordManifest(
        image_size=64, resize="pad", malignant=("mel",), splits=dict.fromkeys(SPLITS, shards),
        bad=(BadImage(image_id="6", reason="no such file"),),
    ).write(tmp_path / "manifest.json")  # fmt: skip
    return RecordIndex(tmp_path)


def test_ids_stay_texts(index: RecordIndex) -> None:
    assert index.size == 64 and index.malignant == ("mel",)
    assert index.index("val").values.tolist() == [["2", "002", "nv", 0], ["5", "005", "mel", 1]]
    assert index.labels("train").tolist() == [1, 1]


def test_the_whole_is_train_val_test_below_each_other(index: RecordIndex) -> None:
    whole = index.whole()
    assert whole["split"].tolist() == ["train", "train", "val", "val", "test", "test"]
    assert whole["image_id"].tolist() == ["1", "3", "2", "5", "0", "4"]
    assert whole.index.tolist() == list(range(6))


def test_the_manifest_is_typed(index: RecordIndex) -> None:
    manifest = index.manifest
    assert manifest.resize == "pad"
    assert manifest.splits["val"].shards == ("a.tfrecord",)


def test_a_manifest_that_lacks_a_key_is_refused(index: RecordIndex) -> None:
    content = read_json(index.folder / "manifest.json")
    del content["malignant"]
    write_json(index.folder / "manifest.json", content)
    with pytest.raises(DataError, match=r"manifest\.json: malignant: Field required"):
        _ = index.malignant
