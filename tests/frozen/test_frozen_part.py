"""The frozen part against the Keras layers that it stands for."""

from typing import Literal

import numpy as np
import pytest

from lesion_pipeline.backbones.architectures import ARCHITECTURES
from lesion_pipeline.backbones.backbone import backbone
from lesion_pipeline.features.cut import features_after, frozen_maps
from lesion_pipeline.frozen.frozen_part import FrozenPart, TensorFlowRunner
from lesion_pipeline.frozen.litert import LiteRunner
from lesion_pipeline.networks.network import Network
from lesion_pipeline.networks.params import Features, ModelParams
from lesion_pipeline.tf.load import keras
from tests import tiny

pytestmark = pytest.mark.slow

SIZE = 80
# With less, forty random blocks that each add to the last one make rounding errors grow to 100 %.
VARIANCE = {"efficientnet_v2_s": 10}
IMAGES = np.random.default_rng(0).integers(0, 256, (5, SIZE, SIZE, 3), dtype=np.uint8)


def trained(arch: str) -> Network:
    """A network with bundled weights, or with random ones and statistics as after a training."""
    weights = "imagenet" if "lite" in arch else "random"
    params = ModelParams(arch=arch, weights=weights, seed=1, kernels="portable")
    network, generator = backbone(params, SIZE), np.random.default_rng(1)
    if network.manifest.weights.origin == "random":
        for layer in network.model.layers:
            if isinstance(layer, keras.layers.BatchNormalization):
                layer.moving_mean.assign(generator.uniform(-0.3, 0.3, layer.moving_mean.shape))
                variance = generator.uniform(0.5, 1.5, layer.moving_mean.shape)
                layer.moving_variance.assign(VARIANCE.get(arch, 1) * variance)
    return network


def close(found: np.ndarray, wanted: np.ndarray) -> bool:
    return bool(np.abs(found - wanted).max() <= 1e-4 * np.abs(wanted).max())


def outputs(part: FrozenPart, batches: list[np.ndarray]) -> np.ndarray:
    return np.concatenate(list(part.outputs(batches)))


@pytest.mark.slow
@pytest.mark.parametrize("arch", [name for name, a in ARCHITECTURES.items() if a.frozen])
def test_the_outputs_are_those_of_the_keras_layers(arch: str) -> None:
    network = trained(arch)
    features = features_after(network, "top", "multilevel")
    keras_layers = keras.Model(network.model.input, features)
    part = FrozenPart(network, "top", "multilevel", workers=2)
    in_tensorflow = {"efficientnet_b0", "efficientnet_v2_s", "convnext_tiny"}
    runner = TensorFlowRunner if arch in in_tensorflow else LiteRunner
    assert isinstance(part._run, runner)
    assert part.shape == features.shape[1:]
    found = outputs(part, [IMAGES])
    assert found.dtype == np.float32
    assert close(found, keras_layers(IMAGES, training=False).numpy())
    middle = len(network.manifest.stages) // 2
    wanted = frozen_maps(network, middle, "last")(IMAGES, training=False).numpy()
    part = FrozenPart(network, middle, "last", workers=2)
    assert part.shape == wanted.shape[1:]
    assert close(outputs(part, [IMAGES]), wanted)


@pytest.mark.parametrize(("cut", "features"), [("top", "multilevel"), ("top", "last"), (4, "last")])
def test_an_image_has_the_same_bytes_in_any_batch_and_number_of_threads(
    lite0: Network, cut: Literal["top"] | int, features: Features
) -> None:
    images = IMAGES[:, : tiny.SIZE, : tiny.SIZE]
    wanted = outputs(FrozenPart(lite0, cut, features, workers=1), [images])
    part = FrozenPart(lite0, cut, features, workers=3)
    assert wanted.shape == (5, *part.shape)
    for batches in ([images], [images[:2], images[2:]], [image[None] for image in images]):
        np.testing.assert_array_equal(outputs(part, batches), wanted)


def test_a_network_with_a_head_has_the_frozen_part_of_its_backbone(lite0: Network) -> None:
    images, whole = IMAGES[:, : tiny.SIZE, : tiny.SIZE], tiny.make_untrained(lite0)
    for cut in ("top", 4):
        found, wanted = (
            outputs(FrozenPart(network, cut, "multilevel", 1), [images])  # type: ignore[arg-type]
            for network in (whole, lite0)
        )
        np.testing.assert_array_equal(found, wanted)
