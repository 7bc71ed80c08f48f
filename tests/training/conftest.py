"""Fixtures for tests that train: a small network and what it makes of the tiny collection."""

from collections.abc import Iterator

import pytest

from lesion_pipeline.features.store import EmbeddingStore
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.training import trainer
from tests import tiny


@pytest.fixture(scope="session")
def small_embeddings(records: Records, tmp_path_factory: pytest.TempPathFactory) -> EmbeddingStore:
    """What a small frozen network makes of the collection; the same for each such network."""
    folder = tmp_path_factory.mktemp("small") / "embeddings"
    return tiny.make_embeddings(tiny.make_small_backbone(), records, folder)


@pytest.fixture(scope="module")
def without_xla() -> Iterator[None]:
    """Train without XLA, which takes longer to compile than these trainings take.

    test_trainer.py and the tests of the pipeline train with it.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trainer, "XLA", False)
        yield
