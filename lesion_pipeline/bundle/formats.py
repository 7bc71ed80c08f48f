"""The file formats of a network, one entry each.

A format is a module with `write` and `load`, and an entry in FORMATS. Modules are imported when
they are used, so this table is light: the command line reads it for its help.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Protocol

if TYPE_CHECKING:
    from lesion_pipeline.bundle.batching import Runtime
    from lesion_pipeline.bundle.exported import ExportedNetwork


class FormatModule(Protocol):
    """What the module of a format must have."""

    def write(self, network: "ExportedNetwork", target: Path) -> None:
        """Write a network to `target`, byte-stable."""

    def load(self, path: Path) -> "Runtime":
        """Load what `write` wrote, on all cores."""


@dataclass(frozen=True)
class NetworkFormat:
    """A file format.

    Attributes:
        file: its name in a bundle.
        package: the Python package that runs it.
        module: imports and returns the module that writes and loads it.
        reduced: whether it gives up digits on purpose: then it must rank as well as the
            predictions, instead of giving the same probabilities.
        safe: whether a stranger's file can be loaded without running code that it brings. Others
            are only loaded to verify them, right after they were written.
    """

    file: str
    package: str
    module: Callable[[], FormatModule]
    reduced: bool = False
    safe: bool = True


def _tflite() -> FormatModule:
    from lesion_pipeline.bundle import tflite

    return tflite


def _onnx() -> FormatModule:
    from lesion_pipeline.bundle import onnx_file

    return onnx_file


def _keras() -> FormatModule:
    from lesion_pipeline.bundle import keras_file

    return keras_file


def _saved_model() -> FormatModule:
    from lesion_pipeline.bundle import saved_model

    return saved_model


def _tflite_float16() -> FormatModule:
    from lesion_pipeline.bundle import tflite_float16

    return tflite_float16


def _tflite_int8() -> FormatModule:
    from lesion_pipeline.bundle import tflite_int8

    return tflite_int8


# Of those that give the same probabilities, the quickest first.
FORMATS: Final[dict[str, NetworkFormat]] = {
    "tflite": NetworkFormat("model.tflite", "ai_edge_litert", _tflite),
    "onnx": NetworkFormat("model.onnx", "onnxruntime", _onnx),
    "keras": NetworkFormat("model.keras", "keras", _keras),
    "saved_model": NetworkFormat("saved_model", "tensorflow", _saved_model, safe=False),
    "tflite_float16": NetworkFormat(
        "model_float16.tflite", "ai_edge_litert", _tflite_float16, reduced=True
    ),
    "tflite_int8": NetworkFormat("model_int8.tflite", "ai_edge_litert", _tflite_int8, reduced=True),
}
SAFE: Final = tuple(name for name, entry in FORMATS.items() if entry.safe)

if TYPE_CHECKING:
    FormatName = str
else:  # for pydantic: the names of the table, and no others
    FormatName = Literal[tuple(FORMATS)]
