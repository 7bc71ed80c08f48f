"""The format `tflite`: LiteRT, the quickest here, and without TensorFlow's start."""

from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.bundle.batching import Runtime, in_batches
from lesion_pipeline.bundle.exported import ExportedNetwork
from lesion_pipeline.loops.parallel import cores
from lesion_pipeline.tf.stderr import silent_stderr


def write(network: ExportedNetwork, target: Path) -> None:
    """Write the network as float32."""
    target.write_bytes(converter(network).convert())


def converter(network: ExportedNetwork) -> Any:
    """Return TensorFlow's converter for a network, with its default settings."""
    from lesion_pipeline.tf.load import tf  # here: whoever only loads a file needs no TensorFlow

    return tf.lite.TFLiteConverter.from_concrete_functions([network.graph], tf.Module())


def load(path: Path) -> Runtime:
    """Load a .tflite file, with one interpreter for each core: then no core waits for another."""
    from ai_edge_litert.interpreter import Interpreter

    idle: SimpleQueue[Any] = SimpleQueue()
    with silent_stderr():  # LiteRT announces that it uses the CPU
        for _ in range(cores()):
            interpreter = Interpreter(str(path), num_threads=1)
            interpreter.allocate_tensors()
            idle.put(interpreter)

    def run(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        interpreter = idle.get()
        try:
            return _invoke(interpreter, images)
        finally:
            idle.put(interpreter)

    return in_batches(run, batch=4, workers=cores())


def _invoke(interpreter: Any, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    expected = interpreter.get_input_details()[0]
    if tuple(expected["shape"]) != images.shape:
        interpreter.resize_tensor_input(expected["index"], images.shape, strict=True)
        interpreter.allocate_tensors()
    interpreter.set_tensor(expected["index"], images)
    interpreter.invoke()
    return np.asarray(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]))
