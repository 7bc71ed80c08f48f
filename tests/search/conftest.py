"""A view of the tiny collection, made once for all tests of a worker and changed by none."""

from pathlib import Path

import pytest

from lesion_pipeline.features.store import EmbeddingStore
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.search.data_paths import DataPaths
from lesion_pipeline.search.prepare import view_key
from tests import tiny
from tests.pipeline.conftest import copied, project  # noqa: F401  (fixtures)
from tests.search.tiny_search import data_paths, make_small_view, small_tree


@pytest.fixture(scope="session")
def small_stored(records: Records, tmp_path_factory: pytest.TempPathFactory) -> EmbeddingStore:
    """What a small frozen network makes of the collection."""
    folder = tmp_path_factory.mktemp("stored") / "embeddings"
    return tiny.make_embeddings(tiny.make_small_backbone(), records, folder)


@pytest.fixture(scope="session")
def views(
    records: Records, small_stored: EmbeddingStore, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A folder of views with the one that `small_tree` asks for."""
    folder = tmp_path_factory.mktemp("views")
    target = folder / view_key(small_tree())
    make_small_view(tiny.make_small_backbone(), records, small_stored, target)
    return folder


@pytest.fixture(scope="session")
def view(views: Path) -> DataPaths:
    """What trials read."""
    return data_paths().below(views / view_key(small_tree()))
