"""Write a network in other formats than Keras', byte-stable."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import compress
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.bundle.formats import FILES, Format, FormatParams
from lesion_pipeline.bundle.saved_model import save_servable
from lesion_pipeline.core.errors import ModelError
from lesion_pipeline.images import Resize
from lesion_pipeline.networks.archive import as_function, load_network
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.tf import freeze, tf


@dataclass(frozen=True)
class Source:
    """What a format is made from.

    Attributes:
        file: the .keras file.
        graph: the network as a concrete function whose weights are constants. With variables the
            TFLite converter writes a file that says NaN.
        resize: how an image is brought to the network's square.
        examples: gives training images, uint8 (images, size, size, 3), in which int8 sees the
            range of each tensor.
    """

    file: Path
    graph: Any
    resize: Resize
    examples: Callable[[], NDArray[np.uint8]]


def convert(network: Path, records: Records, folder: Path, params: FormatParams) -> None:
    """Write a network into an existing folder, a file (or folder) for each format.

    Args:
        network: its .keras file.
        records: the collection; int8 is calibrated on training images.
        folder: where to.
        params: which formats, and how int8 is calibrated.

    Raises:
        ModelError: a format needs a package that isn't installed, or can't be written; names it.
    """
    graph = freeze(as_function(load_network(network)).get_concrete_function())
    examples = partial(training_sample, records, params.calibration_images, params.seed)
    source = Source(network, graph, records.manifest["resize"], examples)
    for kind in params.formats:
        try:
            _WRITERS[kind](source, folder / FILES[kind])
        except ImportError as error:
            raise ModelError(
                f"export.formats: {kind} needs a package that isn't installed ({error.name}): "
                "pip install -r requirements-onnx.txt"
            ) from None
        except Exception as error:  # the converters have no error type in common
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            raise ModelError(f"export.formats: {kind} can't be written: {reason}") from error


def training_sample(records: Records, count: int, seed: int) -> NDArray[np.uint8]:
    """Draw training images, each with the same probability, in the order of the records.

    Args:
        records: the collection.
        count: how many; all if there aren't as many.
        seed: of the choice.

    Returns:
        uint8 (images, size, size, 3), 0 to 255.
    """
    taken = np.zeros(len(records.index("train")), bool)
    taken[np.random.default_rng(seed).permutation(len(taken))[:count]] = True
    return np.stack(list(compress(records.images("train").as_numpy_iterator(), taken)))


def _copy_keras(source: Source, target: Path) -> None:
    shutil.copyfile(source.file, target)


def _write_saved_model(source: Source, target: Path) -> None:
    save_servable(source.graph, source.resize, target)


def _write_tflite(source: Source, target: Path) -> None:
    target.write_bytes(_converter(source).convert())


def _write_float16(source: Source, target: Path) -> None:
    converter = _converter(source)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_types = [tf.float16]
    target.write_bytes(converter.convert())


def _write_int8(source: Source, target: Path) -> None:
    def examples() -> Iterator[list[NDArray[np.uint8]]]:
        for image in source.examples():
            yield [image[None]]

    converter = _converter(source)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = examples
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    target.write_bytes(converter.convert())


def _converter(source: Source) -> Any:
    return tf.lite.TFLiteConverter.from_concrete_functions([source.graph], tf.Module())


def _write_onnx(source: Source, target: Path) -> None:
    from lesion_pipeline.bundle.onnx_file import write_onnx

    write_onnx(source.graph, target)


_WRITERS: Final[dict[Format, Callable[[Source, Path], None]]] = {
    "keras": _copy_keras,
    "saved_model": _write_saved_model,
    "tflite": _write_tflite,
    "tflite_float16": _write_float16,
    "tflite_int8": _write_int8,
    "onnx": _write_onnx,
}
