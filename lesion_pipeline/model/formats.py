"""The file formats of a network: what they are called in a bundle and what is asked of each.

Light: knows names, loads nothing.
"""

from typing import Final, Literal, get_args

Format = Literal["keras", "saved_model", "tflite", "tflite_float16", "tflite_int8", "onnx"]
FORMATS: Final[tuple[Format, ...]] = get_args(Format)
FILES: Final[dict[Format, str]] = {
    "keras": "model.keras",
    "saved_model": "saved_model",
    "tflite": "model.tflite",
    "tflite_float16": "model_float16.tflite",
    "tflite_int8": "model_int8.tflite",
    "onnx": "model.onnx",
}
# These give up digits on purpose: they must rank as well, not say the same to the last digit.
REDUCED: Final[tuple[Format, ...]] = ("tflite_float16", "tflite_int8")
