"""A bundle, made once."""

from pathlib import Path

import pytest

from tests import tiny


@pytest.fixture(scope="session")
def bundle_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    network = tiny.make_backbone("simple_cnn")
    return tiny.make_bundle(network, tmp_path_factory.mktemp("serve"))


@pytest.fixture(scope="session")
def bundle_of_diagnoses(tmp_path_factory: pytest.TempPathFactory) -> Path:
    network = tiny.make_backbone("simple_cnn")
    return tiny.make_bundle(network, tmp_path_factory.mktemp("seven"), "diagnosis", views=4)
