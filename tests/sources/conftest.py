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
def served(storage: Storage) -> None:
    """One file on the server."""
    storage.files[PATH] = CONTENT
