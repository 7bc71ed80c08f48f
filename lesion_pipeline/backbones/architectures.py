"""The registry of networks; a new one needs a builder, its preprocessing and an entry here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from string import ascii_lowercase
from typing import Any, Final

from lesion_pipeline.backbones import convnext, efficientnet_lite
from lesion_pipeline.tf.load import keras

Tensor = Any  # a Keras symbolic tensor
IMAGENET_MEANS: Final = (0.485, 0.456, 0.406)  # red, green, blue, of 0 to 1
IMAGENET_DEVIATIONS: Final = (0.229, 0.224, 0.225)
_KERAS: Final = "https://storage.googleapis.com"
_OLDER: Final = "tensorflow/keras-applications"
_KERNELS: Final = "weights_tf_dim_ordering_tf_kernels"


@dataclass(frozen=True)
class Bundled:
    """ImageNet weights that come with an installed package."""

    source: Callable[[], str | None]  # package, version, licence; None if it is not installed
    load: Callable[[Any], None]  # sets the weights of a keras.Model


@dataclass(frozen=True)
class Published:
    """ImageNet weights that keras.applications downloads."""

    name: str  # of the network in keras.applications
    url: str  # of the file; keras.applications knows its hash


@dataclass(frozen=True)
class Architecture:
    """A headless network.

    Attributes:
        build: from the scaled image tensor to the last feature map, weights at random.
        scale: from the uint8 RGB image tensor, 0 to 255, to what the network was trained on.
        stages: names of the layers whose outputs are its features, from shallow to deep.
        bundled: weights in an installed package, or None.
        published: weights that keras.applications downloads if none are bundled, or None.
        frozen: whether it serves as a fixed feature extractor first. A network without trained
            weights has nothing to keep: all of it is trained from the start.
    """

    build: Callable[[Tensor], Tensor]
    scale: Callable[[Tensor], Tensor]
    stages: tuple[str, ...]
    bundled: Bundled | None = None
    published: Published | None = None
    frozen: bool = True

    @property
    def has_imagenet(self) -> bool:
        """Whether there are ImageNet weights for it anywhere."""
        return bool(self.bundled or self.published)


def _symmetric(image: Tensor) -> Tensor:
    return keras.layers.Rescaling(1 / 127.5, offset=-1, name="scale")(image)


def _lite(image: Tensor) -> Tensor:
    return keras.layers.Rescaling(1 / 128, offset=-127 / 128, name="scale")(image)


def _signed(image: Tensor) -> Tensor:
    return keras.layers.Rescaling(1 / 128, offset=-1, name="scale")(image)


def _caffe(image: Tensor) -> Tensor:
    """Return blue, green, red, each less its mean over ImageNet, as VGG and ResNet expect."""
    means = [-123.68, -116.779, -103.939]
    centred = keras.layers.Rescaling(1.0, offset=means, name="scale")(image)
    return keras.ops.flip(centred, axis=-1)


def _standardised(image: Tensor) -> Tensor:
    """Return red, green, blue, each less its mean over ImageNet, divided by its deviation."""
    factors = [1 / (255 * deviation) for deviation in IMAGENET_DEVIATIONS]
    pairs = zip(IMAGENET_MEANS, IMAGENET_DEVIATIONS, strict=True)
    offsets = [-mean / deviation for mean, deviation in pairs]
    return keras.layers.Rescaling(factors, offset=offsets, name="scale")(image)


def _application(name: str, image: Tensor, **options: Any) -> Tensor:
    build = getattr(keras.applications, name)
    return build(include_top=False, weights=None, input_tensor=image, **options).output


def _efficientnet_b0(image: Tensor) -> Tensor:
    """Build Keras' network without the preprocessing inside it, which can't be set from outside.

    One of its layers exists only with `weights="imagenet"`, and after `set_weights` Normalization
    keeps its first mean and variance until the network is saved and loaded.
    """
    build = keras.applications.EfficientNetB0
    whole = build(include_top=False, weights=None, input_tensor=image)
    clone = keras.models.clone_model(
        whole, input_tensors=whole.input, call_function=_call_unless_preprocessing
    )
    return clone.output


def _call_unless_preprocessing(layer: Any, *args: Any, **kwargs: Any) -> Tensor:
    inside = isinstance(layer, keras.layers.Rescaling | keras.layers.Normalization)
    return args[0] if inside and layer.name != "scale" else layer(*args, **kwargs)


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


def _published(name: str, path: str) -> Published:
    return Published(name, f"{_KERAS}/{path}_notop.h5")


ARCHITECTURES: Final[Mapping[str, Architecture]] = {
    "efficientnet_lite0": _efficientnet_lite(0),
    "efficientnet_lite1": _efficientnet_lite(1),
    "efficientnet_lite2": _efficientnet_lite(2),
    "efficientnet_b0": Architecture(
        build=_efficientnet_b0,
        scale=_standardised,
        stages=(
            *(
                f"block{stage}{block}_{'project_bn' if block == 'a' else 'add'}"
                for stage, blocks in enumerate(("a", "ab", "ab", "abc", "abc", "abcd", "a"), 1)
                for block in blocks
            ),
            "top_activation",
        ),
        published=_published("EfficientNetB0", "keras-applications/efficientnetb0"),
    ),
    "efficientnet_v2_s": Architecture(
        build=partial(_application, "EfficientNetV2S", include_preprocessing=False),
        scale=_signed,
        stages=(
            *(
                f"block{stage}{block}_{'project_bn' if stage > 1 and block == 'a' else 'add'}"
                for stage, blocks in enumerate((2, 4, 4, 6, 9, 15), 1)
                for block in ascii_lowercase[:blocks]
            ),
            "top_activation",
        ),
        published=_published("EfficientNetV2S", f"{_OLDER}/efficientnet_v2/efficientnetv2-s"),
    ),
    "convnext_tiny": Architecture(
        build=convnext.build,
        scale=_standardised,
        stages=convnext.stage_outputs(),
        published=_published("ConvNeXtTiny", f"{_OLDER}/convnext/convnext_tiny"),
    ),
    "densenet121": Architecture(
        build=partial(_application, "DenseNet121"),
        scale=_standardised,
        # Within a dense block each map holds the ones before it, so a block counts once.
        stages=("conv2_block6_concat", "conv3_block12_concat", "conv4_block24_concat", "relu"),
        published=_published("DenseNet121", f"{_OLDER}/densenet/densenet121_{_KERNELS}"),
    ),
    "resnet50": Architecture(
        build=partial(_application, "ResNet50"),
        scale=_caffe,
        stages=tuple(
            f"conv{stage}_block{block}_out"
            for stage, blocks in ((2, 3), (3, 4), (4, 6), (5, 3))
            for block in range(1, blocks + 1)
        ),
        published=_published("ResNet50", f"{_OLDER}/resnet/resnet50_{_KERNELS}"),
    ),
    "inception_v3": Architecture(
        build=partial(_application, "InceptionV3"),
        scale=_symmetric,
        stages=tuple(f"mixed{number}" for number in range(11)),
        published=_published("InceptionV3", f"{_OLDER}/inception_v3/inception_v3_{_KERNELS}"),
    ),
    "vgg16": Architecture(
        build=partial(_application, "VGG16"),
        scale=_caffe,
        stages=tuple(f"block{number}_pool" for number in range(1, 6)),
        published=_published("VGG16", f"{_OLDER}/vgg16/vgg16_{_KERNELS}"),
    ),
    "simple_cnn": Architecture(
        build=_simple_cnn,
        scale=_symmetric,
        stages=tuple(f"block{number}_pool" for number in range(1, 5)),
        frozen=False,
    ),
}
