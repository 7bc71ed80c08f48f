"""What `embed` stored, read one image at a time."""

from pathlib import Path

import numpy as np
import pandas as pd

from lesion_pipeline.features.manifest import EmbeddingManifest
from lesion_pipeline.features.params import AugmentParams
from lesion_pipeline.features.store import EmbeddingStore
from lesion_pipeline.features.stored import StoredImages

STILL = AugmentParams(
    flips=False, quarter_turns=False, rotation_degrees=0, zoom=0, brightness=0, contrast=0
)
ROWS = pd.DataFrame({"split": ["train", "train", "val"], "row": [4, 1, 2]})


def store(folder: Path, augmented_val: bool) -> EmbeddingStore:
    """Numbers no two of which are the same: by split, copy and row."""
    EmbeddingManifest(
        cut="top", features="last", shape=(3,), augmentations=2, augment=STILL,
        augmented_val=augmented_val,
    ).write(folder / "manifest.json")  # fmt: skip
    embeddings = EmbeddingStore(folder)
    for place, split in enumerate(("train", "val")):
        for copy in range(embeddings.copies(split)):
            array = np.arange(15).reshape(5, 3) + 100 * copy + 1000 * place
            dtype = np.float16 if split == "train" or copy else np.float32
            np.save(embeddings.path(split, copy), array.astype(dtype))
    return embeddings


def test_copies_of_images_of_both_splits_are_found(tmp_path: Path) -> None:
    for augmented, copies in ((False, [3, 3, 1]), (True, [3, 3, 3])):
        stored = StoredImages(store(tmp_path, augmented), ROWS)
        assert len(stored) == 3 and stored.copies.tolist() == copies
        assert stored.read(0, 2).tolist() == [212, 213, 214]
        assert stored.read(2).tolist() == [1006, 1007, 1008]
    assert stored.read(2, 1).tolist() == [1106, 1107, 1108]


def test_plain_copies_are_float32_and_end_with_the_images(tmp_path: Path) -> None:
    stored = StoredImages(store(tmp_path, False), ROWS, only_plain=True)
    assert stored.copies.tolist() == [1, 1, 1]
    found = stored.plain(1, 16)
    assert found.dtype == np.float32
    assert found.tolist() == [[3, 4, 5], [1006, 1007, 1008]]
