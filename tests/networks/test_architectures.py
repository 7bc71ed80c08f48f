"""The networks of the registry, counted and trained."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lesion_pipeline.embedding.cut import features_after, trained_part
from lesion_pipeline.embedding.features import feature_tensor
from lesion_pipeline.networks.architectures import ARCHITECTURES
from lesion_pipeline.networks.backbone import backbone
from lesion_pipeline.networks.network import Network
from lesion_pipeline.networks.params import ModelParams
from lesion_pipeline.tf import keras, tf
from lesion_pipeline.training.batches import Batch
from lesion_pipeline.training.head import HeadParams, build_head
from lesion_pipeline.training.phases import make_loss
from lesion_pipeline.training.train import count_trainable
from lesion_pipeline.training.trainer import Fit, Means

HEAD = HeadParams(units=(512, 256), dropout=(0.5, 0.5, 0.3), batch_norm_momentum=0.9)


def build(arch: str, features: str) -> tuple[keras.Model, keras.Model]:
    image = keras.Input((96, 96, 3), dtype="uint8")
    entry = ARCHITECTURES[arch]
    backbone = keras.Model(image, entry.build(entry.scale(image)))
    vector = feature_tensor(backbone, list(entry.stages), features)  # type: ignore[arg-type]
    head = build_head(vector.shape[-1], HEAD, "binary")
    return keras.Model(image, head(vector)), backbone


def test_resnet50_has_the_reference_s_parameters() -> None:
    """As the public ResNet50 project on this split counts them."""
    model, backbone = build("resnet50", "last")
    assert model.count_params() == 24_778_625
    for layer in backbone.layers[:-30]:
        layer.trainable = False
    assert count_trainable(model) == 15_635_969
    assert model.count_params() - count_trainable(model) == 9_142_656


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arch", "channels"),
    [
        ("efficientnet_lite0", 3088),
        ("efficientnet_b0", 3088),
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


@pytest.mark.parametrize(
    "arch", ["resnet50", "inception_v3", "vgg16", "efficientnet_b0", "simple_cnn"]
)
def test_black_and_white_are_scaled_as_the_network_was_trained(arch: str) -> None:
    wanted = {
        "resnet50": [[-103.939, -116.779, -123.68], [151.061, 138.221, 131.32]],
        "inception_v3": [[-1, -1, -1], [1, 1, 1]],
        "efficientnet_b0": [[-2.117904, -2.035714, -1.804444], [2.248908, 2.428571, 2.64]],
    }
    wanted |= {"vgg16": wanted["resnet50"], "simple_cnn": wanted["inception_v3"]}
    image = keras.Input((1, 1, 3), dtype="uint8")
    scale = keras.Model(image, ARCHITECTURES[arch].scale(image))
    for level, values in zip((0, 255), wanted[arch], strict=True):
        said = scale(np.full((1, 1, 1, 3), level, np.uint8)).numpy().ravel()
        np.testing.assert_allclose(said, values, atol=1e-4)


class TwoBatches:
    """Four images, twice."""

    steps = 2
    images = np.random.default_rng(0).integers(0, 256, (4, 80, 80, 3), dtype=np.uint8)

    def epoch(self, number: int) -> Iterator[Batch]:
        batch = tf.constant(self.images), tf.one_hot([0, 1, 2, 3], 7), tf.ones(4)
        return iter([batch] * self.steps)

    def val(self) -> Iterator[Any]:
        return iter([self.images])


@pytest.fixture
def short_compilation() -> Iterator[None]:
    """Leave out optimising graphs, which takes longer than the two steps that would gain by it."""
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    yield
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": False})


@pytest.mark.slow
@pytest.mark.usefixtures("short_compilation")
@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_every_architecture_trains_and_is_saved_whole(arch: str, tmp_path: Path) -> None:
    asked = ModelParams(arch=arch, weights="random", target="diagnosis", views=1, seed=1)
    headless = backbone(asked, 80)
    features = features_after(headless, "input", "last")
    head = build_head(features.shape[-1], HEAD, "diagnosis")
    model = keras.Model(headless.model.input, head(features), name=arch)
    before = [weight.numpy() for weight in model.trainable_weights]

    means = Means(keras.optimizers.SGD(1e-2), make_loss("diagnosis", 0.1), 0.0, 1)
    loss = Fit(model, TwoBatches(), means).epoch(0, iter)

    assert np.isfinite(loss)
    for weight, value in zip(model.trainable_weights, before, strict=True):
        assert (weight.numpy() != value).any(), weight.path
    Network(model, headless.manifest).save(tmp_path)
    again = Network.load(tmp_path).model
    assert {type(layer).__module__.split(".")[0] for layer in again.layers} == {"keras"}
    np.testing.assert_array_equal(again(TwoBatches.images), model(TwoBatches.images))
    for stage in range(1, len(headless.manifest["stages"])):
        assert trained_part(model, headless, stage).count_params() < model.count_params()
