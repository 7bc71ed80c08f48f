"""Networks of a bundle by the runtime of each file format; only `keras` loads TensorFlow.

Nothing here runs code that a file brings: Keras loads in safe mode, and a .tflite or .onnx file is
a graph of the runtime's own operations. A SavedModel's graph may read and write files, so it isn't
run here.
"""

from collections.abc import Collection
from importlib.util import find_spec
from pathlib import Path

from lesion_pipeline.bundle.batching import Runtime
from lesion_pipeline.bundle.formats import FORMATS, SAFE, FormatName
from lesion_pipeline.core.errors import BundleError, ModelError, first_line


def quickest(folder: Path, formats: Collection[FormatName]) -> FormatName:
    """Return the quickest of `formats` that can be run and gives the same probabilities as Keras.

    It must be in the folder, and its runtime must be installed.

    Raises:
        BundleError: there is none.
    """
    exact = [name for name in SAFE if not FORMATS[name].reduced]
    for name in exact:
        present = name in formats and (folder / FORMATS[name].file).is_file()
        if present and find_spec(FORMATS[name].package):
            return name
    files = ", ".join(FORMATS[name].file for name in exact)
    raise BundleError(f"incomplete bundle: {folder} has none of {files} whose runtime is installed")


def load_runtime(folder: Path, name: FormatName) -> Runtime:
    """Load a bundle's network by the runtime of one of its formats, on all cores.

    Args:
        folder: the bundle.
        name: a format of SAFE.

    Returns:
        A function from uint8 RGB (images, size, size, 3), 0 to 255, at least one image, to float32
        (images, outputs), 0 to 1. It cuts its images into batches as suits the runtime; calls
        share nothing but the cores.

    Raises:
        BundleError: the runtime isn't installed, or the file is missing or damaged; names it.
    """
    if name not in SAFE:
        raise BundleError(f"{name}: expected one of {', '.join(SAFE)}")
    network, path = FORMATS[name], folder / FORMATS[name].file
    if not find_spec(network.package):
        raise BundleError(f"{path.name} needs the package {network.package}, which isn't installed")
    if not path.is_file():
        raise BundleError(f"incomplete bundle: {path} not found")
    try:
        return network.module().load(path)
    except ModelError as error:
        raise BundleError(f"incomplete bundle: {error}") from None
    except Exception as error:  # the runtimes have no error type in common
        reason = first_line(error)
        raise BundleError(f"incomplete bundle: {path} can't be loaded: {reason}") from None
