"""Networks made elsewhere. The real ones, ResNet50 and VGG16, are written by Keras 2 itself."""

import contextlib
import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from lesion_pipeline.cli import main
from lesion_pipeline.core.errors import ModelError
from lesion_pipeline.core.labels import DIAGNOSES
from lesion_pipeline.images import read_image
from lesion_pipeline.serve.foreign import load_foreign, prepare
from lesion_pipeline.tf.load import keras
from tests.serve.foreign_networks import (
    IMAGES,
    convolution,
    network,
    of_keras_2,
    rewrite,
    saved,
)

PIXEL = np.array([[[[10, 20, 255]]]], np.uint8)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("caffe", [255 - 103.939, 20 - 116.779, 10 - 123.68]),
        ("tf", [10 / 127.5 - 1, 20 / 127.5 - 1, 1]),
        ("torch", [(10 / 255 - 0.485) / 0.229, (20 / 255 - 0.456) / 0.224, (1 - 0.406) / 0.225]),
        ("unit", [10 / 255, 20 / 255, 1]),
        ("none", [10, 20, 255]),
    ],
)
def test_preprocessing_of_pixels(mode: str, expected: list[float]) -> None:
    before = PIXEL.copy()
    np.testing.assert_allclose(prepare(PIXEL, mode)[0, 0, 0], expected, atol=1e-5)
    np.testing.assert_array_equal(PIXEL, before)


@pytest.mark.parametrize("ending", [".h5", ".keras"])
def test_a_network_with_the_preprocessing_that_is_named(ending: str, tmp_path: Path) -> None:
    model = network(convolution("first"))
    foreign = load_foreign(saved(model, tmp_path / f"net{ending}"), "unit")
    assert (foreign.size, foreign.outputs) == (8, ("malignant",))
    outputs = foreign.run(IMAGES)
    assert outputs.dtype == np.float32
    np.testing.assert_allclose(outputs, model.predict(IMAGES / 255, verbose=0), atol=1e-6)


def test_seven_diagnoses(tmp_path: Path) -> None:
    file = saved(network(outputs=7, activation="softmax"), tmp_path / "net.keras")
    assert load_foreign(file, "tf").outputs == tuple(DIAGNOSES)


def test_preprocessing_is_inferred_from_the_layers(tmp_path: Path) -> None:
    inner = network(convolution())
    vgg = keras.Sequential([keras.Input((8, 8, 3)), inner])
    outputs = load_foreign(saved(vgg, tmp_path / "vgg.keras"), "auto").run(IMAGES)
    caffe = load_foreign(tmp_path / "vgg.keras", "caffe").run(IMAGES)
    np.testing.assert_array_equal(outputs, caffe)
    whole = network(keras.layers.Rescaling(1 / 255), convolution(), dtype="uint8")
    outputs = load_foreign(saved(whole, tmp_path / "whole.keras"), "auto").run(IMAGES)
    np.testing.assert_allclose(outputs, whole.predict(IMAGES, verbose=0), atol=1e-6)


@pytest.mark.parametrize(
    "layers",
    [
        lambda: [convolution("first")],
        lambda: [keras.layers.Rescaling(1 / 255), convolution()],
        lambda: [convolution("conv5_block3_out"), keras.layers.ReLU(name="post_bn")],
    ],
)
def test_preprocessing_that_cannot_be_inferred_is_not_guessed(layers: Any, tmp_path: Path) -> None:
    file = saved(network(*layers()), tmp_path / "net.keras")
    with pytest.raises(ModelError, match=r"can't tell which pixels it wants; name --preprocess"):
        load_foreign(file, "auto")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"shape": (8, 6, 3)}, r"expected a network of square RGB images, received .*8, 6, 3"),
        ({"shape": (8, 8, 1)}, r"expected a network of square RGB images, received .*8, 8, 1"),
        ({"shape": (None, None, 3)}, r"takes images of any size; expected a fixed one"),
        ({"outputs": 2}, r"expected one output \(malignant\) or 7 .*, received \(None, 2\)"),
        ({"activation": "linear"}, r"expected probabilities, received a last layer without"),
    ],
)
def test_a_network_of_something_else(changes: dict[str, Any], message: str, tmp_path: Path) -> None:
    file = saved(network(**changes), tmp_path / "net.keras")
    with pytest.raises(ModelError, match=message):
        load_foreign(file, "unit")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("net.pkl", r"net\.pkl: expected \.h5, \.hdf5, \.keras"),
        ("none.h5", r"none\.h5 not found"),
        ("bad.h5", r"bad\.h5 can't be loaded"),
        ("bad.keras", r"bad\.keras can't be loaded"),
    ],
)
def test_a_file_that_is_no_network(name: str, message: str, tmp_path: Path) -> None:
    for file in ("net.pkl", "bad.h5", "bad.keras"):
        (tmp_path / file).write_bytes(b"no network")
    with pytest.raises(ModelError, match=message):
        load_foreign(tmp_path / name, "caffe")


@pytest.mark.parametrize("ending", [".h5", ".keras"])
def test_code_in_a_file_is_never_run(ending: str, tmp_path: Path) -> None:
    marker = tmp_path / "code was run"

    def evil(pixels: Any, path: str = str(marker)) -> Any:
        Path(path).touch()
        return pixels

    file = saved(network(keras.layers.Lambda(evil)), tmp_path / f"net{ending}")
    marker.unlink()
    with pytest.raises(ModelError, match="can't be loaded"):
        load_foreign(file, "unit")
    assert not marker.exists()


@pytest.mark.parametrize(
    ("module", "name", "config"),
    [
        ("subprocess", "Popen", {"args": ["touch", "{marker}"]}),
        ("pathlib", "Path.touch", {"self": "{marker}"}),
        ("keras.src.utils.file_utils", "makedirs", {"path": "{marker}"}),
        ("builtins", "open", {"file": "{marker}", "mode": "w"}),
    ],
)
def test_a_file_that_names_code_outside_keras_is_refused(
    module: str, name: str, config: dict[str, Any], tmp_path: Path
) -> None:
    marker = tmp_path / "code was run"
    file = saved(network(convolution("evil")), tmp_path / "net.keras")

    def change(node: Any) -> None:
        for child in node.values() if isinstance(node, dict) else node:
            if isinstance(child, dict | list):
                change(child)
        if isinstance(node, dict) and node.get("config") and node["config"].get("name") == "evil":
            text = json.dumps(config).replace("{marker}", str(marker))
            node |= {"module": module, "class_name": name, "config": json.loads(text)}

    rewrite(file, change)
    with pytest.raises(ModelError, match="can't be loaded"):
        load_foreign(file, "unit")
    assert not marker.exists()


def test_a_file_cannot_write_outside(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    file = saved(network(convolution("first")), tmp_path / "a" / "net.keras")
    outside = {"../evil": b"evil", "assets/../../evil": b"evil", f"{tmp_path}/evil": b"evil"}
    rewrite(file, lambda config: None, **outside)
    with contextlib.suppress(ModelError):  # to refuse it is fine, too
        load_foreign(file, "unit")
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["net.keras"]


@pytest.mark.slow
@pytest.mark.parametrize("arch", ["ResNet50", "VGG16"])
@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file:UserWarning")
def test_a_keras_2_file_has_the_outputs_of_keras_2(arch: str, tmp_path: Path) -> None:
    model, preprocess = of_keras_2(arch, tmp_path / "model.h5")
    generator = np.random.default_rng(3)
    for number in range(4):
        pixels = generator.integers(0, 60 * (number + 1), (45, 60, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{number}.png")
    files = [tmp_path / f"{number}.png" for number in range(4)]
    images = np.stack([read_image(file, 64, "squash") for file in files])
    truth = model.predict(preprocess(images.astype(np.float32)), verbose=0)[:, 0]
    assert np.ptp(truth) > 1e-4

    arguments = ["--model", str(tmp_path / "model.h5"), "--output", str(tmp_path / "predicted.csv")]
    assert main(["predict", *map(str, files), *arguments]) == 0
    with (tmp_path / "predicted.csv").open() as table:
        rows = list(csv.DictReader(table))
    outputs = [float(row["probability_malignant"]) for row in rows]
    np.testing.assert_allclose(outputs, truth, atol=1e-5)
    assert [row["predicted_class"] for row in rows] == [""] * 4  # there is no threshold

    threshold = float(np.sort(truth)[2]) - 1e-6
    assert main(["predict", *map(str, files), *arguments, "--threshold", str(threshold)]) == 0
    with (tmp_path / "predicted.csv").open() as table:
        labels = [int(row["predicted_label"]) for row in csv.DictReader(table)]
    assert labels == list((truth >= threshold).astype(int)) and sum(labels) == 2


@pytest.mark.slow
def test_a_keras_2_file_that_keras_3_cannot_read_is_refused(tmp_path: Path) -> None:
    import tf_keras

    base = tf_keras.applications.MobileNetV2(
        weights=None, include_top=False, input_shape=(32, 32, 3)
    )
    pool = tf_keras.layers.GlobalAveragePooling2D()
    model = tf_keras.Sequential([base, pool, tf_keras.layers.Dense(1, activation="sigmoid")])
    model.save(tmp_path / "model.h5")
    with pytest.raises(ModelError, match=r"model\.h5 can't be loaded: "):
        load_foreign(tmp_path / "model.h5", "tf")
