"""A network's convolutions in LiteRT: the same maps on every processor, and quicker.

LiteRT's convolutions, sums, maxima and ReLUs add up in the same order with AVX2 and with AVX-512;
its square root, exponential, sigmoid and its means over a map do not (read in the sources of
XNNPACK, whose kernels it uses, and measured). So what it runs ends in maps, and a network with
other layers than these is left to TensorFlow.
"""

from functools import partial
from queue import Empty, SimpleQueue
from threading import Lock
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.frozen.pooling import Maps
from lesion_pipeline.tf.load import tf
from lesion_pipeline.tf.stderr import silent_stderr

# A mean over a part of the map (AveragePooling2D) adds up in a fixed order.
SAME_EVERYWHERE: Final = (
    "Activation", "Add", "AveragePooling2D", "Concatenate", "Conv2D", "DepthwiseConv2D", "Dropout",
    "Flip", "Identity", "InputLayer", "MaxPooling2D", "ReLU", "Rescaling", "ZeroPadding2D",
)  # fmt: skip
_ACTIVATIONS: Final = ("linear", "relu", "relu6")


def same_everywhere(model: Any) -> bool:
    """Say whether LiteRT gives the same bytes on every processor for a folded Keras model."""
    return all(
        type(layer).__name__ in SAME_EVERYWHERE
        and getattr(getattr(layer, "activation", None), "__name__", "linear") in _ACTIVATIONS
        for layer in model.operations  # layers, and operations of keras.ops
    )


class LiteRunner:
    """Runs a Keras model in LiteRT, on any number of threads at a time.

    Attributes:
        batch: how many images to run at a time; larger batches leave the processor's caches.
    """

    batch: Final = 4

    def __init__(self, model: Any) -> None:
        """Convert `model`.

        Args:
            model: a Keras model without batch normalisation, which the converter would fold by the
                processor's own arithmetic; from uint8 images (batch, size, size, 3) to maps.
        """
        self._content = _flatbuffer(model)
        self._idle: SimpleQueue[Any] = SimpleQueue()  # an interpreter serves one thread at a time
        self._loading = Lock()
        interpreter = self._load()
        # In the order of the model's outputs; that of the tensors' names would be another.
        self._outputs = [output["index"] for output in interpreter.get_output_details()]
        self._idle.put(interpreter)

    def __call__(self, images: NDArray[np.uint8]) -> Maps:
        """Return the maps, float32 (images, ...) each, of a few uint8 images."""
        interpreter = self._free()
        try:
            taken = interpreter.get_input_details()[0]
            if tuple(taken["shape"]) != images.shape:
                interpreter.resize_tensor_input(taken["index"], images.shape, strict=True)
                interpreter.allocate_tensors()
            interpreter.set_tensor(taken["index"], images)
            interpreter.invoke()
            return [interpreter.get_tensor(index) for index in self._outputs]
        finally:
            self._idle.put(interpreter)

    def _free(self) -> Any:
        """Return an interpreter that no other thread uses: an idle one, or one more."""
        try:
            return self._idle.get_nowait()
        except Empty:
            return self._load()

    def _load(self) -> Any:
        from ai_edge_litert.interpreter import Interpreter

        with self._loading, silent_stderr():  # it writes that it uses the CPU
            interpreter = Interpreter(model_content=self._content, num_threads=1)
            interpreter.allocate_tensors()
        return interpreter


def _flatbuffer(model: Any) -> bytes:
    """Convert a Keras model to a LiteRT file in float32."""
    kind = tf.TensorSpec(model.input.shape, tf.uint8, name="image")
    call = tf.function(partial(model, training=False), input_signature=[kind])
    converter = tf.lite.TFLiteConverter.from_concrete_functions(
        [call.get_concrete_function()], model
    )
    # By way of a SavedModel, weights of 90 MB take 3.5 GB instead of 2.4.
    converter.experimental_lower_to_saved_model = False
    content: bytes = converter.convert()
    return content
