"""Networks of a bundle by the runtime of each file format; only `keras` loads TensorFlow.

Nothing here runs code that a file brings: Keras loads in safe mode, and a .tflite or .onnx file is
a graph of the runtime's own operations. A SavedModel's graph may read and write files, so there is
no runtime for it here.
"""

from collections.abc import Callable, Collection
from importlib.util import find_spec
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.bundle.formats import FILES, Format
from lesion_pipeline.core.errors import BundleError, ModelError
from lesion_pipeline.parallel import cores, in_order
from lesion_pipeline.stderr import silent_stderr

Predict = Callable[[NDArray[np.uint8]], NDArray[np.float32]]

# The quickest first, of those that say the same as Keras; the package that each needs.
PACKAGES: Final[dict[Format, str]] = {
    "tflite": "ai_edge_litert",
    "onnx": "onnxruntime",
    "keras": "keras",
    "tflite_float16": "ai_edge_litert",
    "tflite_int8": "ai_edge_litert",
}
QUICKEST: Final[tuple[Format, ...]] = ("tflite", "onnx", "keras")


def quickest(folder: Path, formats: Collection[Format]) -> Format:
    """Name the quickest of `formats` that the bundle has and for which the runtime is installed.

    Raises:
        BundleError: there is none.
    """
    for kind in QUICKEST:
        there = kind in formats and (folder / FILES[kind]).is_file()
        if there and find_spec(PACKAGES[kind]):
            return kind
    files = ", ".join(FILES[kind] for kind in QUICKEST)
    raise BundleError(f"incomplete bundle: {folder} has none of {files} whose runtime is installed")


def load_runtime(folder: Path, kind: Format) -> Predict:
    """Load a bundle's network by the runtime of one of its formats, on all cores.

    Args:
        folder: the bundle.
        kind: which of its formats; not `saved_model`.

    Returns:
        A function from uint8 RGB (images, size, size, 3), 0 to 255, at least one image, to float32
        (images, outputs), 0 to 1. It cuts its input into batches as suits the runtime; only the
        cores are shared between calls.

    Raises:
        BundleError: the runtime isn't installed, or the file is missing or damaged; says which.
    """
    path = folder / FILES[kind]
    if kind not in PACKAGES:
        raise BundleError(f"{kind}: expected one of {', '.join(PACKAGES)}")
    if not find_spec(PACKAGES[kind]):
        raise BundleError(f"{path.name} needs the package {PACKAGES[kind]}, which isn't installed")
    if not path.is_file():
        raise BundleError(f"incomplete bundle: {path} not found")
    try:
        return _LOADERS[kind](path)
    except ModelError as error:
        raise BundleError(f"incomplete bundle: {error}") from None
    except Exception as error:  # the runtimes have no error type in common
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise BundleError(f"incomplete bundle: {path} can't be loaded: {reason}") from None


def _batched(run: Predict, batch: int, workers: int) -> Predict:
    """Cut what is predicted into batches, of which `workers` are in the network at a time."""

    def predict(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        parts = (images[start : start + batch] for start in range(0, len(images), batch))
        return np.concatenate(list(in_order(run, parts, workers)))

    return predict


def _keras(path: Path) -> Predict:
    from lesion_pipeline.networks.archive import as_function, load_network

    call = as_function(load_network(path))
    return _batched(lambda images: np.asarray(call(images)), batch=16, workers=cores())


def _onnx(path: Path) -> Predict:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = cores()
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return _batched(lambda images: session.run(None, {name: images})[0], batch=16, workers=1)


def _tflite(path: Path) -> Predict:
    from ai_edge_litert.interpreter import Interpreter

    # An interpreter with one thread for each core leaves no core waiting for another.
    idle: SimpleQueue[Any] = SimpleQueue()
    with silent_stderr():  # it says that it uses the CPU
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

    return _batched(run, batch=4, workers=cores())


def _invoke(interpreter: Any, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    taken = interpreter.get_input_details()[0]
    if tuple(taken["shape"]) != images.shape:
        interpreter.resize_tensor_input(taken["index"], images.shape, strict=True)
        interpreter.allocate_tensors()
    interpreter.set_tensor(taken["index"], images)
    interpreter.invoke()
    return np.asarray(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]))


_LOADERS: Final[dict[Format, Callable[[Path], Predict]]] = {
    "keras": _keras,
    "onnx": _onnx,
    "tflite": _tflite,
    "tflite_float16": _tflite,
    "tflite_int8": _tflite,
}
