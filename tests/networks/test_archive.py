import json
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest

from lesion_pipeline.core.errors import ModelError
from lesion_pipeline.networks.archive import load_network, save_network
from lesion_pipeline.tf.load import keras
from tests.code_deps import ROOT


def network() -> keras.Model:
    keras.utils.set_random_seed(3)
    image = keras.Input((4,), name="image")
    return keras.Model(image, keras.layers.Dense(2, name="dense")(image), name="small")


@pytest.mark.slow
def test_two_saves_have_the_same_bytes(tmp_path: Path) -> None:
    model = network()
    save_network(model, tmp_path / "a.keras")
    time.sleep(2.1)  # the dates in a zip have a resolution of two seconds
    save_network(model, tmp_path / "b.keras")
    assert (tmp_path / "a.keras").read_bytes() == (tmp_path / "b.keras").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.keras", "b.keras"]


@pytest.mark.slow
def test_another_process_writes_the_same_bytes(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from tests import tiny;"
        "from lesion_pipeline.networks.archive import save_network;"
        "save_network(tiny.make_backbone('simple_cnn').model, Path(sys.argv[1]))"
    )
    for name in ("a", "b"):
        file = str(tmp_path / f"{name}.keras")
        subprocess.run([sys.executable, "-c", script, file], cwd=ROOT, check=True)
    assert (tmp_path / "a.keras").read_bytes() == (tmp_path / "b.keras").read_bytes()


def test_no_date_is_kept(tmp_path: Path) -> None:
    save_network(network(), tmp_path / "a.keras")
    with zipfile.ZipFile(tmp_path / "a.keras") as archive:
        assert "date_saved" not in json.loads(archive.read("metadata.json"))


def test_a_saved_network_is_the_same_network(tmp_path: Path) -> None:
    model, x = network(), np.ones((1, 4))
    save_network(model, tmp_path / "a.keras")
    np.testing.assert_array_equal(load_network(tmp_path / "a.keras")(x), model(x))


def test_code_in_a_file_is_not_run(tmp_path: Path) -> None:
    image = keras.Input((4,))
    brought = keras.layers.Lambda(lambda x: x * 2, output_shape=(4,))  # code in the file
    keras.Model(image, brought(image)).save(tmp_path / "evil.keras")
    with pytest.raises(ModelError, match=r"evil\.keras can't be loaded: .*unsafe"):
        load_network(tmp_path / "evil.keras")


def test_what_is_no_network_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.keras").write_text("hello")
    with pytest.raises(ModelError, match=r"text\.keras can't be loaded"):
        load_network(tmp_path / "text.keras")
    with pytest.raises(ModelError, match=r"none\.keras not found"):
        load_network(tmp_path / "none.keras")
