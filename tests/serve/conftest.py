"""A bundle, made once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import constants

from lesion_pipeline.data.tfrecords import Records
from lesion_pipeline.model.formats import FORMATS
from tests import tiny
from tests.serve.hub_server import Hub, serve


@pytest.fixture(scope="session")
def bundle_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    network = tiny.make_backbone("simple_cnn")
    return tiny.make_bundle(network, tmp_path_factory.mktemp("serve"))


@pytest.fixture(scope="session")
def bundle_of_diagnoses(tmp_path_factory: pytest.TempPathFactory) -> Path:
    network = tiny.make_backbone("simple_cnn")
    return tiny.make_bundle(network, tmp_path_factory.mktemp("seven"), "diagnosis", views=4)


@pytest.fixture(scope="session")
def records(tmp_path_factory: pytest.TempPathFactory) -> Records:
    return tiny.make_records(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def many_formats(bundle_of_diagnoses: Path, records: Records) -> Path:
    """A bundle of a network that averages views, with all formats."""
    tiny.make_formats(bundle_of_diagnoses, records, FORMATS[1:])
    return bundle_of_diagnoses


@pytest.fixture(scope="session")
def lite0_formats(records: Records, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of a deeper network that says malignant or not."""
    network = tiny.make_backbone("efficientnet_lite0")
    folder = tiny.make_bundle(network, tmp_path_factory.mktemp("lite0"))
    tiny.make_formats(folder, records, ("tflite", "onnx"))
    return folder


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)  # large files by Git LFS
    with serve() as server:
        yield server
