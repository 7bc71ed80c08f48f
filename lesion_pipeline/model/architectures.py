"""The registry of networks. The next one is a builder, its preprocessing and a few lines here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from lesion_pipeline.model import efficientnet_lite
from lesion_pipeline.tf import keras

Tensor = Any  # a Keras symbolic tensor


@dataclass(frozen=True)
class Bundled:
    """ImageNet weights that come with an installed package."""

    source: Callable[[], str | None]  # package, version, licence; None if it is not installed
    load: Callable[[Any], None]  # sets the weights of a keras.Model


@dataclass(frozen=True)
class Architecture:
    """A headless network.

    Attributes:
        build: from the scaled image tensor to the last feature map, weights at random.
        scale: from the uint8 RGB image tensor, 0 to 255, to what the network was trained on.
        stages: names of the layers whose outputs are its features, from shallow to deep.
        bundled: weights in an installed package, or None.
        keras_name: name in keras.applications, which `model.weights: imagenet` takes, or None.
        frozen: whether it serves as a fixed feature extractor first. A network that nobody has
            trained on other images has nothing to keep: it is trained whole from the start.
    """

    build: Callable[[Tensor], Tensor]
    scale: Callable[[Tensor], Tensor]
    stages: tuple[str, ...]
    bundled: Bundled | None = None
    keras_name: str | None = None
    frozen: bool = True


def _symmetric(image: Tensor) -> Tensor:
    return keras.layers.Rescaling(1 / 127.5, offset=-1, name="scale")(image)


def _lite(image: Tensor) -> Tensor:
    return keras.layers.Rescaling(1 / 128, offset=-127 / 128, name="scale")(image)


def _caffe(image: Tensor) -> Tensor:
    """Blue, green, red, each less its mean over ImageNet, as VGG and ResNet were trained."""
    means = [-123.68, -116.779, -103.939]
    centred = keras.layers.Rescaling(1.0, offset=means, name="scale")(image)
    return keras.ops.flip(centred, axis=-1)


def _application(name: str, image: Tensor) -> Tensor:
    build = getattr(keras.applications, name)
    return build(include_top=False, weights=None, input_tensor=image).output


def _simple_cnn(image: Tensor) -> Tensor:
    x = image
    for block, filters in enumerate((32, 64, 128, 256), start=1):
        name = f"block{block}"
        x = keras.layers.Conv2D(filters, 3, padding="same", use_bias=False, name=f"{name}_conv")(x)
        x = keras.layers.BatchNormalization(momentum=0.9, name=f"{name}_bn")(x)
        x = keras.layers.ReLU(name=f"{name}_relu")(x)
        x = keras.layers.MaxPooling2D(name=f"{name}_pool")(x)
    return x


def _efficientnet_lite(variant: int) -> Architecture:
    return Architecture(
        build=partial(efficientnet_lite.build, variant),
        scale=_lite,
        stages=efficientnet_lite.stage_outputs(variant),
        bundled=Bundled(
            source=partial(efficientnet_lite.bundled_source, variant),
            load=partial(efficientnet_lite.load_bundled, variant=variant),
        ),
    )


ARCHITECTURES: Final[Mapping[str, Architecture]] = {
    "efficientnet_lite0": _efficientnet_lite(0),
    "efficientnet_lite1": _efficientnet_lite(1),
    "efficientnet_lite2": _efficientnet_lite(2),
    "resnet50": Architecture(
        build=partial(_application, "ResNet50"),
        scale=_caffe,
        stages=tuple(
            f"conv{stage}_block{block}_out"
            for stage, blocks in ((2, 3), (3, 4), (4, 6), (5, 3))
            for block in range(1, blocks + 1)
        ),
        keras_name="ResNet50",
    ),
    "inception_v3": Architecture(
        build=partial(_application, "InceptionV3"),
        scale=_symmetric,
        stages=tuple(f"mixed{number}" for number in range(11)),
        keras_name="InceptionV3",
    ),
    "vgg16": Architecture(
        build=partial(_application, "VGG16"),
        scale=_caffe,
        stages=tuple(f"block{number}_pool" for number in range(1, 6)),
        keras_name="VGG16",
    ),
    "simple_cnn": Architecture(
        build=_simple_cnn,
        scale=_symmetric,
        stages=tuple(f"block{number}_pool" for number in range(1, 5)),
        frozen=False,
    ),
}
