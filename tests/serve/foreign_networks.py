"""Networks as others save them, for tests of what is made elsewhere."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from lesion_pipeline.tf.load import keras

IMAGES = np.random.default_rng(0).integers(0, 256, (2, 8, 8, 3), dtype=np.uint8)


def network(*layers: Any, outputs: int = 1, activation: str = "sigmoid", **image: Any) -> Any:
    """Build layers and a head on images of 8 x 8, with weights that are the same every time."""
    keras.utils.set_random_seed(1)
    pixels = x = keras.Input(**({"shape": (8, 8, 3)} | image))
    for layer in layers:
        x = layer(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(pixels, keras.layers.Dense(outputs, activation=activation)(x))


def convolution(name: str = "block5_conv3") -> Any:
    """Return a layer; by default it has the name of one of VGG's."""
    return keras.layers.Conv2D(4, 3, name=name)


def saved(model: Any, path: Path) -> Path:
    """Save a model and return the path."""
    model.save(path)
    return path


def rewrite(file: Path, change: Callable[[Any], None], **more: bytes) -> None:
    """Change the configuration in a .keras file, and add members to it."""
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(members["config.json"])
    change(config)
    members["config.json"] = json.dumps(config).encode()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in (members | more).items():
            archive.writestr(name, content)


def of_keras_2(arch: str, file: Path) -> tuple[Any, Any]:
    """Write a whole network as public projects do: a frozen base, a new head, one sigmoid.

    Returns:
        The model, and the function that preprocesses its images.
    """
    import tf_keras

    tf_keras.utils.set_random_seed(1)
    base = getattr(tf_keras.applications, arch)(
        weights=None, include_top=False, input_shape=(64, 64, 3)
    )
    layers = tf_keras.layers
    x = layers.GlobalAveragePooling2D()(base.output)
    x = layers.Dropout(0.5)(layers.BatchNormalization()(x))
    x = layers.Dense(8, activation="relu")(x)
    model = tf_keras.Model(base.input, layers.Dense(1, activation="sigmoid")(x))
    for layer in model.layers:  # as after training: statistics of their own
        if isinstance(layer, layers.BatchNormalization):
            gamma, beta, mean, variance = layer.get_weights()
            layer.set_weights([gamma, beta + 0.1, mean + 0.05, variance * 1.5])
    model.compile("adam", "binary_crossentropy")
    model.save(file)
    module = {"ResNet50": "resnet50", "VGG16": "vgg16"}[arch]
    return model, getattr(tf_keras.applications, module).preprocess_input
