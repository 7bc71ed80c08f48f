from pathlib import Path

import numpy as np
import pytest

from lesion_pipeline.features.store import EmbeddingStore
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.search.data_paths import DataPaths

pytestmark = pytest.mark.slow


def test_nothing_of_test_is_in_a_view(view: DataPaths) -> None:
    names = [path.name for folder in vars(view).values() for path in folder.iterdir()]
    assert not [name for name in names if "test" in name]
    assert len(Records(view.records).index("test")) == 0


def test_train_and_val_are_there_as_they_were(
    view: DataPaths, records: Records, small_stored: EmbeddingStore
) -> None:
    stored = EmbeddingStore(view.embeddings)
    for split, copy in (("train", 0), ("train", 1), ("train", 2), ("val", 0)):
        np.testing.assert_array_equal(stored.load(split, copy), small_stored.load(split, copy))
    for split in ("train", "val"):
        assert Records(view.records).index(split).equals(records.index(split))
        assert len(list(Records(view.records).images(split))) == len(records.index(split))


def test_files_are_links(view: DataPaths, small_stored: EmbeddingStore) -> None:
    original = Path(small_stored.path("val"))
    assert (view.embeddings / "val.npy").samefile(original)
