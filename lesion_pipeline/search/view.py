"""What trials may read: the stored outputs, the images and the labels of train and val.

A trial is given a folder without test, so nothing of test can be read, whatever the code does.
"""

import os
import shutil
from pathlib import Path
from typing import Final

from lesion_pipeline.core.files import read_csv, write_csv
from lesion_pipeline.features.store import EmbeddingStore
from lesion_pipeline.records.index import INDEX, RecordIndex
from lesion_pipeline.search.data_paths import DataPaths

HIDDEN: Final = "test"


def make_view(data: DataPaths, target: DataPaths) -> None:
    """Link what train and val need into other folders, and leave out test.

    Files are linked, so they take no room and stay what they are when DVC replaces the originals;
    on another disk they are copied.

    Args:
        data: the folders of a repository in which `embed` has run.
        target: where the links go.
    """
    index = RecordIndex(data.records)
    shards = set(index.manifest.splits[HIDDEN].shards)
    stored = EmbeddingStore(data.embeddings).path(HIDDEN).name
    _link(data.backbone, target.backbone, set())
    _link(data.embeddings, target.embeddings, {stored})
    _link(data.records, target.records, {*shards, INDEX})
    rows = read_csv(data.records / INDEX, image_id="str", lesion_id="str", dx="str", split="str")
    write_csv(target.records / INDEX, rows[rows["split"] != HIDDEN])


def _link(source: Path, target: Path, without: set[str]) -> None:
    target.mkdir(parents=True)
    for file in sorted(source.iterdir()):
        if file.name in without:
            continue
        try:
            os.link(file.resolve(), target / file.name)
        except OSError:
            shutil.copy2(file, target / file.name)
