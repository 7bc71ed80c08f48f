"""Networks made elsewhere: a whole Keras 2 or Keras 3 file, and the preprocessing it needs."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.core.errors import ModelError
from lesion_pipeline.core.labels import DIAGNOSES
from lesion_pipeline.networks.archive import load_network
from lesion_pipeline.serve.model_file import check_model_file
from lesion_pipeline.tf.load import keras

# From uint8 RGB to the network's input: `caffe` (blue, green, red, minus ImageNet's means), `tf`
# (-1 to 1) and `torch` (minus means, divided by deviations) as in keras.applications; `unit` (0 to
# 1); `none` (0 to 255: the network scales by itself).
PREPROCESSING: Final = ("auto", "caffe", "tf", "torch", "unit", "none")


@dataclass(frozen=True)
class ForeignModel:
    """A network with its preprocessing.

    Attributes:
        run: uint8 RGB (images, size, size, 3), 0 to 255, to float32 (images, outputs), 0 to 1.
        size: side of the images in pixels.
        outputs: malignant alone, or the seven diagnoses.
    """

    run: Callable[[NDArray[np.uint8]], NDArray[np.float32]]
    size: int
    outputs: tuple[str, ...]


def load_foreign(file: Path, preprocessing: str) -> ForeignModel:
    """Load a whole network safely: files that bring code are refused.

    Keras 3 reads many Keras 2 files: ResNet50 and VGG16 as .h5, but no MobileNet or EfficientNet,
    and no .keras file of Keras 2.

    Args:
        file: .h5, .hdf5 or .keras.
        preprocessing: one of PREPROCESSING; auto: none if the network takes integers, caffe if its
            layers are those of keras.applications' ResNet50 or VGG.

    Raises:
        ModelError: there is no such file; it is not a network that loads safely; its input is not
            square RGB images, or its output neither one probability nor seven; its preprocessing
            can't be inferred.
    """
    check_model_file(file)
    model = load_network(file)
    size = _size(file, model)
    outputs = _outputs(file, model)
    mode = _inferred(file, model) if preprocessing == "auto" else preprocessing

    def run(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        return np.asarray(model.predict_on_batch(prepare(images, mode)))

    return ForeignModel(run, size, outputs)


def prepare(images: NDArray[np.uint8], mode: str) -> NDArray[Any]:
    """Preprocess uint8 RGB (images, size, size, 3) as in the network's training.

    Returns:
        float32 of the same shape, see PREPROCESSING; for `none` the images themselves.
    """
    if mode == "none":
        return images
    pixels = images.astype(np.float32)
    if mode == "unit":
        return pixels / 255
    scale = keras.applications.imagenet_utils.preprocess_input
    return np.asarray(scale(pixels, data_format="channels_last", mode=mode))


def _size(file: Path, model: Any) -> int:
    shape = model.input_shape
    if isinstance(shape, list) or len(shape) != 4 or shape[1] != shape[2] or shape[3] != 3:
        raise ModelError(f"{file}: expected a network of square RGB images, received input {shape}")
    if shape[1] is None:
        raise ModelError(f"{file}: takes images of any size; expected a fixed one")
    return int(shape[1])


def _outputs(file: Path, model: Any) -> tuple[str, ...]:
    names = {1: ("malignant",), len(DIAGNOSES): tuple(DIAGNOSES)}
    shape = model.output_shape
    if isinstance(shape, list) or len(shape) != 2 or shape[1] not in names:
        raise ModelError(
            f"{file}: expected one output (malignant) or {len(DIAGNOSES)} (the diagnoses), "
            f"received {shape}"
        )
    if model.layers[-1].get_config().get("activation") == "linear":
        raise ModelError(
            f"{file}: expected probabilities, received a last layer without activation"
        )
    return names[shape[1]]


def _inferred(file: Path, model: Any) -> str:
    if "int" in str(model.inputs[0].dtype):
        return "none"
    layers = list(_layers(model))
    names = {layer.name for layer in layers}
    resnet = "conv5_block3_out" in names and "post_bn" not in names  # version 2 wants `tf`
    scales = any(type(layer).__name__ in ("Rescaling", "Normalization") for layer in layers)
    if (resnet or "block5_conv3" in names) and not scales:
        return "caffe"
    raise ModelError(
        f"{file}: can't tell which pixels it wants; name --preprocessing, "
        f"one of {', '.join(PREPROCESSING[1:])}"
    )


def _layers(model: Any) -> Iterator[Any]:
    for layer in model.layers:
        yield layer
        if hasattr(layer, "layers"):
            yield from _layers(layer)
