"""The networks of the registry, counted."""

import numpy as np
import pytest

from lesion_pipeline.model.architectures import ARCHITECTURES
from lesion_pipeline.model.features import feature_tensor
from lesion_pipeline.model.head import HeadParams, build_head
from lesion_pipeline.model.train import count_trainable
from lesion_pipeline.tf import keras

HEAD = HeadParams(units=(512, 256), dropout=(0.5, 0.5, 0.3), batch_norm_momentum=0.9)


def build(arch: str, features: str) -> tuple[keras.Model, keras.Model]:
    image = keras.Input((96, 96, 3), dtype="uint8")
    entry = ARCHITECTURES[arch]
    backbone = keras.Model(image, entry.build(entry.scale(image)))
    vector = feature_tensor(backbone, list(entry.stages), features)  # type: ignore[arg-type]
    head = build_head(vector.shape[-1], HEAD)
    return keras.Model(image, head(vector)), backbone


def test_resnet50_has_the_reference_s_parameters() -> None:
    """As the public ResNet50 project on this split counts them."""
    model, backbone = build("resnet50", "last")
    assert model.count_params() == 24_778_625
    for layer in backbone.layers[:-30]:
        layer.trainable = False
    assert count_trainable(model) == 15_635_969
    assert model.count_params() - count_trainable(model) == 9_142_656


@pytest.mark.parametrize(
    ("arch", "channels"),
    [
        ("efficientnet_lite0", 3088),
        ("resnet50", 3 * 256 + 4 * 512 + 6 * 1024 + 3 * 2048),
        ("inception_v3", 256 + 2 * 288 + 5 * 768 + 1280 + 2 * 2048),
        ("vgg16", 64 + 128 + 256 + 512 + 512),
        ("simple_cnn", 32 + 64 + 128 + 256),
    ],
)
def test_multilevel_features_have_mean_and_deviation_of_every_channel(
    arch: str, channels: int
) -> None:
    model, _ = build(arch, "multilevel")
    assert model.get_layer("head").input.shape == (None, 2 * channels)


@pytest.mark.parametrize("arch", ["resnet50", "inception_v3", "vgg16", "simple_cnn"])
def test_black_and_white_are_scaled_as_the_network_was_trained(arch: str) -> None:
    wanted = {
        "resnet50": [[-103.939, -116.779, -123.68], [151.061, 138.221, 131.32]],
        "inception_v3": [[-1, -1, -1], [1, 1, 1]],
    }
    wanted |= {"vgg16": wanted["resnet50"], "simple_cnn": wanted["inception_v3"]}
    image = keras.Input((1, 1, 3), dtype="uint8")
    scale = keras.Model(image, ARCHITECTURES[arch].scale(image))
    for level, values in zip((0, 255), wanted[arch], strict=True):
        said = scale(np.full((1, 1, 1, 3), level, np.uint8)).numpy().ravel()
        np.testing.assert_allclose(said, values, atol=1e-4)
