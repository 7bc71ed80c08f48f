"""The headless network and its weights: the one place where weights come from outside."""

import hashlib
import socket
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np

from lesion_pipeline.backbones.architectures import (
    ARCHITECTURES,
    IMAGENET_DEVIATIONS,
    IMAGENET_MEANS,
    Architecture,
    Published,
)
from lesion_pipeline.backbones.names import AUTO, IMAGENET, RANDOM, WEIGHTS
from lesion_pipeline.core.errors import ModelError, ParamsError, first_line
from lesion_pipeline.networks.archive import load_network
from lesion_pipeline.networks.manifest import BackboneManifest, WeightSource
from lesion_pipeline.networks.network import Network
from lesion_pipeline.networks.params import ModelParams
from lesion_pipeline.tf.load import deterministic, keras

_PATIENCE: Final = 20.0  # seconds until a server that doesn't answer counts as out of reach


def backbone(params: ModelParams, image_size: int) -> Network:
    """Build the headless network and give it its weights.

    Args:
        params: architecture, weights and the seed of a random initialisation.
        image_size: side of the images in pixels.

    Returns:
        The network, from uint8 RGB (batch, image_size, image_size, 3), 0 to 255, to its last
        feature map; its manifest records where the weights came from.

    Raises:
        ParamsError: there is no such architecture.
        ModelError: the weights can't be had or don't fit.
    """
    if params.arch not in ARCHITECTURES:
        raise ParamsError(
            f"model.arch: expected one of {', '.join(ARCHITECTURES)}, received {params.arch!r}"
        )
    deterministic(params.seed)
    architecture = ARCHITECTURES[params.arch]
    image = keras.Input((image_size, image_size, 3), dtype="uint8", name="image")
    try:
        output = architecture.build(architecture.scale(image))
    except ValueError as error:  # Keras: its maps would have no pixels left
        why = first_line(error)
        raise ModelError(
            f"model.arch: {params.arch} can't be built for preprocess.image_size {image_size}: "
            f"{why}"
        ) from None
    model = keras.Model(image, output, name=params.arch)
    manifest = BackboneManifest(
        arch=params.arch,
        weights=_set_weights(model, architecture, params),
        image_size=image_size,
        stages=architecture.stages,
        frozen=architecture.frozen,
        parameters=model.count_params(),
        kernels=params.kernels,
    )
    return Network(model, manifest)


def _set_weights(model: Any, architecture: Architecture, params: ModelParams) -> WeightSource:
    """Set the weights, which are random at first."""
    wanted, random = params.weights, f"seeded random initialisation, seed {params.seed}"
    if wanted == RANDOM or (wanted == AUTO and not architecture.has_imagenet):
        return WeightSource(requested=wanted, origin=RANDOM, source=random)
    if wanted not in WEIGHTS:
        source = _load_file(model, architecture, Path(wanted))
        return WeightSource(requested=wanted, origin="file", source=source)
    try:
        source = _load_imagenet(model, architecture, params.arch)
    except ModelError as error:
        if wanted != AUTO:
            raise
        print(f"WARNING: random weights instead: {error}", file=sys.stderr)
        source = f"{random}: the ImageNet weights couldn't be had"
        return WeightSource(requested=wanted, origin=RANDOM, source=source, fell_back=True)
    return WeightSource(requested=wanted, origin=IMAGENET, source=source)


def _load_imagenet(model: Any, architecture: Architecture, arch: str) -> str:
    """Load the weights of an installed package, or Keras' own; return a text for people."""
    bundled, published = architecture.bundled, architecture.published
    source = bundled.source() if bundled else None
    if bundled and source:
        bundled.load(model)
        return source
    if published is None:
        raise ModelError(
            f"model.weights: there are no ImageNet weights for {arch} in an installed package or "
            "in keras.applications; use random or a file"
        )
    try:
        with _impatient():
            _copy_weights(model, _of_keras(published, "imagenet"))
    except Exception as error:  # urllib's errors reach us in several wrappings
        raise ModelError(
            f"model.weights: the ImageNet weights of {published.name} can't be had from "
            f"{published.url}: {error}. Alternatives: random, or the path of a weights file for "
            "this network, this one too if you have it from elsewhere"
        ) from None
    return f"keras.applications.{published.name}, ImageNet"


@contextmanager
def _impatient() -> Iterator[None]:
    """Give up on a server that doesn't answer: Keras would wait without end."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_PATIENCE)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _load_file(model: Any, architecture: Architecture, path: Path) -> str:
    if not path.is_file():
        raise ModelError(
            f"model.weights: expected {', '.join(WEIGHTS)} or a file, received {str(path)!r}"
        )
    try:
        with warnings.catch_warnings():
            # Keras only warns when a file lacks a layer's weights, and leaves them at random.
            warnings.simplefilter("error", UserWarning)
            _read_file(model, architecture, path)
    except Exception as error:  # Keras has no error type of its own
        why = first_line(error)
        raise ModelError(f"model.weights: {path} does not fit: {why}") from None
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return f"{path.name}, sha256 {digest}"


def _read_file(model: Any, architecture: Architecture, path: Path) -> None:
    if path.suffix == ".keras":
        _copy_weights(model, load_network(path))
    elif architecture.published is None or path.name.endswith(".weights.h5"):
        model.load_weights(path)
    else:  # the format in which keras.applications publishes them
        _copy_weights(model, _of_keras(architecture.published, str(path)))


def _of_keras(published: Published, weights: str) -> Any:
    """Build Keras' own network with published weights, "imagenet" or a file's path."""
    build = getattr(keras.applications, published.name)
    return build(include_top=False, weights=weights)


def _copy_weights(model: Any, trained: Any) -> None:
    """Copy the weights of a network that differs from `model` at most in its preprocessing.

    Raises:
        ModelError: that network was trained on images that were scaled in another way.
        ValueError: the weights don't fit.
    """
    weights = []
    for layer in trained.layers:
        if isinstance(layer, keras.layers.Normalization):
            _check_normalization(layer)
        else:
            weights += layer.get_weights()
    model.set_weights([*_shaped(weights, model)])


def _shaped(weights: list[Any], model: Any) -> Iterator[Any]:
    """Yield the weights, with the axes of length 1 where the model's layers have them.

    Keras' ConvNeXt has a grouped convolution for a depthwise one and vectors of factors.
    """
    if len(weights) != len(model.weights):
        raise ValueError(f"expected {len(model.weights)} weights, received {len(weights)}")
    for weight, own in zip(weights, model.weights, strict=True):
        alike = np.squeeze(weight).shape == tuple(axis for axis in own.shape if axis > 1)
        yield weight.reshape(own.shape) if alike else weight


def _check_normalization(layer: Any) -> None:
    """Refuse a normalisation other than ImageNet's, the only one that `scale` applies here.

    EfficientNet's file has the deviations where the layer expects their squares; Keras divides
    once more by their roots. ConvNeXt's layer has no weights: its values are arguments, of pixels
    from 0 to 255.
    """
    found = np.array(layer.get_weights()[:2])
    if not layer.weights:
        given = np.array([layer.input_mean, np.sqrt(layer.input_variance)])
        found = given.reshape(2, -1) / 255
    if not np.allclose(found, [IMAGENET_MEANS, IMAGENET_DEVIATIONS], rtol=1e-3):
        raise ModelError(f"its images were normalised by {found.tolist()}, not as ImageNet's")
