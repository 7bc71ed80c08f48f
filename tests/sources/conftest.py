"""A server on this machine, and a small collection for it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

from tests.sources.served import CONTENT, PATH
from tests.sources.server import Storage, serving
from tests.sources.sources import Files, make_collection


@pytest.fixture
def storage() -> Iterator[Storage]:
    """A server with nothing on it."""
    with serving() as storage:
        yield storage


@pytest.fixture
def collection(
    tmp_path: Path, metadata: pd.DataFrame, write_noise: Callable[[Path, int], None]
) -> Files:
    """42 images of noise and their table."""
    return make_collection(tmp_path / "collection", metadata, write_noise)


@pytest.fixture
def source(
    tmp_path: Path, metadata: pd.DataFrame, write_noise: Callable[[Path, int], None]
) -> Path:
    """A folder with images and their table."""
    folder = tmp_path / "source"
    for seed, image_id in enumerate(metadata["image_id"]):
        write_noise(folder / f"{image_id}.jpg", seed)
    metadata.to_csv(folder / "HAM10000_metadata.csv", index=False)
    return folder


@pytest.fixture
def served(storage: Storage) -> None:
    """One file on the server."""
    storage.files[PATH] = CONTENT
