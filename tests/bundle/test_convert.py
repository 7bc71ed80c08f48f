"""Formats as files: that their bytes repeat, and what is refused."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lesion_pipeline.bundle.convert import convert, training_sample
from lesion_pipeline.bundle.formats import FORMATS
from lesion_pipeline.core.errors import ModelError
from lesion_pipeline.networks.archive import save_network
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.tf.load import keras
from tests.code_deps import ROOT
from tests.tiny import SIZE
from tests.tiny_bundle import EXPORT

# TensorFlow numbers functions by a counter that every tensor raises, so each process makes another
# number of tensors first. Averaging copies, so that the Keras file is written anew, too.
EXPORT_ALL = """
import sys
from pathlib import Path
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.bundle.convert import convert
from lesion_pipeline.bundle.formats import FORMATS
from lesion_pipeline.tf.load import tf
from tests.tiny_bundle import EXPORT
network, records, target = map(Path, sys.argv[1:])
for value in range(int(target.name)):
    tf.constant(value)
params = EXPORT.model_copy(update={"formats": tuple(FORMATS)})
convert(network, 4, Records(records), target, params)
"""


def digests(folder: Path) -> dict[str, str]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


@pytest.mark.slow
def test_two_processes_write_the_same_bytes(
    bundle_folder: Path, records: Records, tmp_path: Path
) -> None:
    network = bundle_folder / "model.keras"
    runs = []
    for seed in ("1", "1001"):  # of the hashes of strings, which decide the order of sets
        target = tmp_path / seed
        target.mkdir()
        command = [sys.executable, "-c", EXPORT_ALL, network, records.folder, target]
        environment = os.environ | {"PYTHONHASHSEED": seed}
        runs.append(subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL))
    assert [run.wait() for run in runs] == [0, 0]
    first, second = digests(tmp_path / "1"), digests(tmp_path / "1001")
    assert {name.split("/")[0] for name in first} == {entry.file for entry in FORMATS.values()}
    assert first == second


def test_the_network_of_one_copy_is_the_trained_file(
    bundle_folder: Path, records: Records, tmp_path: Path
) -> None:
    convert(bundle_folder / "model.keras", 1, records, tmp_path, EXPORT)
    trained = (bundle_folder / "model.keras").read_bytes()
    assert (tmp_path / "model.keras").read_bytes() == trained


def test_the_sample_is_of_training_images_in_their_order(records: Records) -> None:
    train = np.stack(list(records.images("train").as_numpy_iterator()))
    sample = training_sample(records, 10, seed=1)
    assert sample.shape == (10, SIZE, SIZE, 3) and sample.dtype == np.uint8
    places = [int(np.flatnonzero((train == image).all(axis=(1, 2, 3)))[0]) for image in sample]
    assert places == sorted(set(places))
    np.testing.assert_array_equal(sample, training_sample(records, 10, seed=1))
    assert not np.array_equal(sample, training_sample(records, 10, seed=2))
    np.testing.assert_array_equal(training_sample(records, 999, seed=1), train)


def test_a_missing_package_is_named(
    bundle_folder: Path, records: Records, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    params = EXPORT.model_copy(update={"formats": ("onnx",)})
    with pytest.raises(ModelError, match=r"onnx needs a package that isn't installed \(onnx\): "):
        convert(bundle_folder / "model.keras", 1, records, tmp_path, params)


def test_a_format_that_cannot_be_written_is_named(
    bundle_folder: Path, records: Records, tmp_path: Path
) -> None:
    (tmp_path / "model.tflite").mkdir()
    params = EXPORT.model_copy(update={"formats": ("tflite",)})
    with pytest.raises(ModelError, match=r"^export\.formats: tflite can't be written: .*directory"):
        convert(bundle_folder / "model.keras", 1, records, tmp_path, params)


@pytest.mark.slow
def test_other_layers_than_the_default_s_are_written_in_every_exact_format(
    records: Records, tmp_path: Path
) -> None:
    """Swish of EfficientNetV2, layer normalisation and gelu of ConvNeXt."""
    layers = keras.layers
    keras.utils.set_random_seed(1)
    image = keras.Input((SIZE, SIZE, 3), dtype="uint8", name="image")
    x = layers.Conv2D(8, 8, strides=8, activation="swish")(layers.Rescaling(1 / 255)(image))
    x = layers.Activation("gelu")(layers.LayerNormalization(epsilon=1e-6)(x))
    outputs = layers.Dense(1, activation="sigmoid")(layers.GlobalAveragePooling2D()(x))
    save_network(keras.Model(image, outputs), tmp_path / "network.keras")
    names = tuple(name for name, entry in FORMATS.items() if not entry.reduced)
    params = EXPORT.model_copy(update={"formats": names})
    convert(tmp_path / "network.keras", 1, records, tmp_path, params)
    images = np.stack(list(records.images("val").as_numpy_iterator()))
    wanted = keras.Model(image, outputs)(images).numpy()
    for name in names:
        run = FORMATS[name].module().load(tmp_path / FORMATS[name].file)
        np.testing.assert_allclose(run(images), wanted, atol=1e-5, err_msg=name)
