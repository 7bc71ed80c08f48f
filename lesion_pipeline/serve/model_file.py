"""Which files `--model` takes; light, so that others are refused at once."""

from pathlib import Path
from typing import Final

from lesion_pipeline.core.errors import ModelError

SUFFIXES: Final = (".h5", ".hdf5", ".keras")
_OF_A_BUNDLE: Final = (".tflite", ".onnx")


def check_model_file(file: Path) -> None:
    """Refuse a file that isn't Keras' by its name.

    Raises:
        ModelError: names the file and what to use instead.
    """
    if file.suffix in SUFFIXES:
        return
    hint = ""
    if file.suffix in _OF_A_BUNDLE:
        hint = (
            f": a {file.suffix} file has neither the size of its images nor the names of its "
            f"outputs; name the folder of its bundle, with bundle.json: --bundle {file.parent}"
        )
    raise ModelError(f"{file}: expected {', '.join(SUFFIXES)}{hint}")
