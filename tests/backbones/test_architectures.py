"""The networks of the registry, counted and trained."""

import gc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from lesion_pipeline.backbones.architectures import ARCHITECTURES
from lesion_pipeline.backbones.backbone import backbone
from lesion_pipeline.features.cut import features_after, trained_part
from lesion_pipeline.features.feature_tensor import feature_tensor
from lesion_pipeline.networks.network import Network
from lesion_pipeline.networks.params import ModelParams
from lesion_pipeline.tf.load import keras, tf
from lesion_pipeline.training.head import build_head, count_trainable
from lesion_pipeline.training.params import HeadParams
from lesion_pipeline.training.training_copy import training_copy

IMAGES = np.random.default_rng(0).integers(0, 256, (4, 80, 80, 3), dtype=np.uint8)
CHANNELS = {  # of all stages
    "efficientnet_lite0": 3088,
    "efficientnet_lite1": 3536,
    "efficientnet_lite2": 3736,
    "efficientnet_b0": 3088,
    "efficientnet_v2_s": 2 * 24 + 4 * 48 + 4 * 64 + 6 * 128 + 9 * 160 + 15 * 256 + 1280,
    "convnext_tiny": 3 * 96 + 3 * 192 + 9 * 384 + 3 * 768,
    "densenet121": 256 + 512 + 1024 + 1024,
    "resnet50": 3 * 256 + 4 * 512 + 6 * 1024 + 3 * 2048,
    "inception_v3": 256 + 2 * 288 + 5 * 768 + 1280 + 2 * 2048,
    "vgg16": 64 + 128 + 256 + 512 + 512,
    "simple_cnn": 32 + 64 + 128 + 256,
}
HEAD = HeadParams(units=(512, 256), dropout=(0.5, 0.5, 0.3), batch_norm_momentum=0.9)


def build(arch: str, features: str) -> tuple[keras.Model, keras.Model]:
    image = keras.Input((96, 96, 3), dtype="uint8")
    entry = ARCHITECTURES[arch]
    backbone = keras.Model(image, entry.build(entry.scale(image)))
    vector = feature_tensor(backbone, list(entry.stages), features)  # type: ignore[arg-type]
    head = build_head(vector.shape[-1], HEAD, "binary")
    return keras.Model(image, head(vector)), backbone


def test_resnet50_has_the_reference_s_parameters() -> None:
    """The numbers that the public ResNet50 project on this split reports."""
    model, backbone = build("resnet50", "last")
    assert model.count_params() == 24_778_625
    for layer in backbone.layers[:-30]:
        layer.trainable = False
    assert count_trainable(model) == 15_635_969
    assert model.count_params() - count_trainable(model) == 9_142_656


@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_black_and_white_are_scaled_as_the_network_was_trained(arch: str) -> None:
    wanted = {
        "resnet50": [[-103.939, -116.779, -123.68], [151.061, 138.221, 131.32]],
        "inception_v3": [[-1, -1, -1], [1, 1, 1]],
        "efficientnet_lite0": [[-127 / 128] * 3, [1, 1, 1]],
        "efficientnet_v2_s": [[-1, -1, -1], [127 / 128] * 3],
        "efficientnet_b0": [[-2.117904, -2.035714, -1.804444], [2.248908, 2.428571, 2.64]],
    }
    wanted |= {"vgg16": wanted["resnet50"], "simple_cnn": wanted["inception_v3"]}
    wanted |= dict.fromkeys(("convnext_tiny", "densenet121"), wanted["efficientnet_b0"])
    wanted |= {f"efficientnet_lite{size}": wanted["efficientnet_lite0"] for size in (1, 2)}
    image = keras.Input((1, 1, 3), dtype="uint8")
    scale = keras.Model(image, ARCHITECTURES[arch].scale(image))
    for level, values in zip((0, 255), wanted[arch], strict=True):
        scaled = scale(np.full((1, 1, 1, 3), level, np.uint8)).numpy().ravel()
        np.testing.assert_allclose(scaled, values, atol=1e-4)


def gradients(model: keras.Model) -> dict[str, NDArray[np.float32]]:
    """Return the gradient of some loss in each weight that is trained."""
    copy, truth = training_copy(model), tf.one_hot([0, 1, 2, 3], 7)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(copy(IMAGES, training=True) - truth))
    found = tape.gradient(loss, copy.trainable_weights)
    pairs = zip(copy.trainable_weights, found, strict=True)
    return {weight.path: gradient.numpy() for weight, gradient in pairs}


@pytest.fixture
def models_collected() -> Iterator[None]:
    """Free the models of a test, which refer to themselves, before the next one."""
    yield
    gc.collect()


@pytest.mark.slow
@pytest.mark.usefixtures("models_collected")
@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_every_architecture_trains_and_is_saved_whole(arch: str, tmp_path: Path) -> None:
    params = ModelParams(arch=arch, weights="random", seed=1, kernels="portable")
    headless = backbone(params, 80)
    multilevel = features_after(headless, "input", "multilevel")
    assert multilevel.shape == (None, 2 * CHANNELS[arch])  # mean and deviation of every channel
    features = features_after(headless, "input", "last")
    head = build_head(features.shape[-1], HEAD, "diagnosis")
    model = keras.Model(headless.model.input, head(features), name=arch)

    for path, gradient in gradients(model).items():
        assert np.isfinite(gradient).all() and np.any(gradient), path

    Network(model, headless.manifest).save(tmp_path)
    again = Network.load(tmp_path)
    assert again.manifest == headless.manifest
    assert {type(layer).__module__.split(".")[0] for layer in again.model.layers} == {"keras"}
    np.testing.assert_array_equal(again.model(IMAGES), model(IMAGES))
    for number, stage in enumerate(headless.manifest.stages, start=1):
        assert len(again.model.get_layer(stage).output.shape) == 4
        if number < len(headless.manifest.stages):
            part = trained_part(model, headless, number)
            assert part.count_params() < model.count_params()
