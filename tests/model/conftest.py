"""Fixtures for networks: built once, used by many tests, changed by none."""

from pathlib import Path

import pytest

from lesion_pipeline.data.tfrecords import Records
from lesion_pipeline.model.embeddings import Embeddings
from lesion_pipeline.model.network import Network
from tests import tiny


@pytest.fixture(scope="session")
def records(tmp_path_factory: pytest.TempPathFactory) -> Records:
    return tiny.make_records(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def lite0() -> Network:
    return tiny.make_backbone("efficientnet_lite0")


@pytest.fixture(scope="session")
def embeddings(
    lite0: Network, records: Records, tmp_path_factory: pytest.TempPathFactory
) -> Embeddings:
    folder: Path = tmp_path_factory.mktemp("embedded")
    return tiny.make_embeddings(lite0, records, folder / "embeddings")


@pytest.fixture(scope="session")
def bundle_folder(lite0: Network, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.make_bundle(lite0, tmp_path_factory.mktemp("exported"))


@pytest.fixture(scope="session")
def bundle_of_diagnoses(tmp_path_factory: pytest.TempPathFactory) -> Path:
    network = tiny.make_backbone("simple_cnn")
    return tiny.make_bundle(network, tmp_path_factory.mktemp("seven"), "diagnosis", views=4)
