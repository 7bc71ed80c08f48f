"""A folder with a network and its manifest."""

import re
from pathlib import Path

import numpy as np
import pytest

from lesion_pipeline.core.errors import DataError, ModelError
from lesion_pipeline.core.files import read_json, write_json
from lesion_pipeline.networks.network import Network, TrainedNetwork
from lesion_pipeline.tf.load import keras
from tests import tiny


def trained() -> TrainedNetwork:
    vector = keras.Input((3,))
    return TrainedNetwork(keras.Model(vector, keras.layers.Dense(1)(vector)), tiny.make_manifest())


def test_network_and_manifest_come_back(tmp_path: Path) -> None:
    network, x = trained(), np.ones((2, 3))
    network.save(tmp_path)
    again = TrainedNetwork.load(tmp_path)
    assert again.manifest == network.manifest
    np.testing.assert_array_equal(again.model(x), network.model(x))


def test_a_trained_network_is_no_backbone(tmp_path: Path) -> None:
    trained().save(tmp_path)
    with pytest.raises(DataError, match=r"manifest\.json: target: .*; best: "):
        Network.load(tmp_path)


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    trained().save(tmp_path)
    file = tmp_path / "manifest.json"
    content = read_json(file)
    del content["malignant"], content["best"]["epoch"]
    write_json(file, content)
    wanted = f"{file}: malignant: Field required; best.epoch: Field required"
    with pytest.raises(DataError, match=re.escape(wanted)):
        TrainedNetwork.load(tmp_path)


@pytest.mark.parametrize(
    ("name", "error"), [("manifest.json", DataError), ("network.keras", ModelError)]
)
def test_a_missing_file_is_named(tmp_path: Path, name: str, error: type[Exception]) -> None:
    trained().save(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(error, match=re.escape(f"{tmp_path / name} not found")):
        TrainedNetwork.load(tmp_path)
