"""The headless network and its weights: the one place where weights come from outside."""

import hashlib
import warnings
from pathlib import Path
from typing import Any

from pydantic import Field, field_validator

from lesion_pipeline.errors import ModelError
from lesion_pipeline.model.architectures import ARCHITECTURES, Architecture
from lesion_pipeline.model.archive import load_network
from lesion_pipeline.model.network import Network
from lesion_pipeline.params import Section
from lesion_pipeline.tf import deterministic, keras


class ModelParams(Section):
    """Which network, and where its weights come from."""

    arch: str
    weights: str = Field(min_length=1)  # bundled, imagenet, random, or a file
    seed: int = Field(ge=0, lt=2**32)

    @field_validator("arch")
    @classmethod
    def _registered(cls, arch: str) -> str:
        if arch not in ARCHITECTURES:
            raise ValueError(f"expected one of {', '.join(ARCHITECTURES)}")
        return arch


def backbone(params: ModelParams, image_size: int) -> Network:
    """Build the headless network and give it its weights.

    Args:
        params: architecture, weights and the seed of a random initialisation.
        image_size: side of the images in pixels.

    Returns:
        The network, from uint8 RGB (batch, image_size, image_size, 3), 0 to 255, to its last
        feature map; its manifest says truthfully where the weights come from.

    Raises:
        ModelError: the weights can't be had or don't fit.
    """
    deterministic(params.seed)
    architecture = ARCHITECTURES[params.arch]
    image = keras.Input((image_size, image_size, 3), dtype="uint8", name="image")
    try:
        output = architecture.build(architecture.scale(image))
    except ValueError as error:  # Keras: its maps would have no pixels left
        why = str(error).splitlines()[0]
        raise ModelError(
            f"model.arch: {params.arch} can't be built for preprocess.image_size {image_size}: "
            f"{why}"
        ) from None
    model = keras.Model(image, output, name=params.arch)
    origin, source = _give_weights(model, architecture, params)
    manifest = {
        "arch": params.arch,
        "weights": {"requested": params.weights, "origin": origin, "source": source},
        "image_size": image_size,
        "stages": list(architecture.stages),
        "frozen": architecture.frozen,
        "parameters": model.count_params(),
    }
    return Network(model, manifest)


def _give_weights(model: Any, architecture: Architecture, params: ModelParams) -> tuple[str, str]:
    """Set the weights; give their origin (imagenet, random or file) and a text for people."""
    random = f"seeded random initialisation, seed {params.seed}"
    if params.weights == "random":
        return "random", random
    if params.weights == "imagenet":
        return "imagenet", _load_imagenet(model, architecture, params.arch)
    if params.weights != "bundled":
        return "file", _load_file(model, Path(params.weights))
    source = architecture.bundled.source() if architecture.bundled else None
    if architecture.bundled is None or source is None:
        return "random", f"{random}: no installed package has weights for {params.arch}"
    architecture.bundled.load(model)
    return "imagenet", source


def _load_imagenet(model: Any, architecture: Architecture, arch: str) -> str:
    name = architecture.keras_name
    if name is None:
        raise ModelError(
            f"model.weights: keras.applications has no ImageNet weights for {arch}; "
            "use bundled, random or a file"
        )
    try:
        trained = getattr(keras.applications, name)(include_top=False, weights="imagenet")
    except Exception as error:  # urllib's errors reach us in several wrappings
        raise ModelError(
            f"model.weights: the ImageNet weights of {name} can't be downloaded: {error}. "
            "Alternatives: bundled, random, or the path of a weights file for this network"
        ) from None
    model.set_weights(trained.get_weights())
    return f"keras.applications.{name}, ImageNet"


def _load_file(model: Any, path: Path) -> str:
    if not path.is_file():
        raise ModelError(
            f"model.weights: expected bundled, imagenet, random or a file, received {str(path)!r}"
        )
    try:
        with warnings.catch_warnings():
            # Keras only warns when a file lacks a layer's weights, and leaves them at random.
            warnings.simplefilter("error", UserWarning)
            if path.suffix == ".keras":
                model.set_weights(load_network(path).get_weights())
            else:
                model.load_weights(path)
    except Exception as error:  # Keras has no error type of its own
        why = str(error).splitlines()[0]
        raise ModelError(f"model.weights: {path} does not fit: {why}") from None
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return f"{path.name}, sha256 {digest}"
