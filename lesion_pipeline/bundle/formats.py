"""The file formats of a network: what they are called in a bundle and what is asked of each.

Light: knows names, loads nothing.
"""

from typing import Final, Literal, get_args

from pydantic import Field, field_validator

from lesion_pipeline.core.params import Section

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


class FormatParams(Section):
    """Which formats a bundle has, and how far they may depart on val.

    Attributes:
        formats: of the network; `keras` is always one, the others are made from it.
        max_probability_difference: of formats of full precision, in any output of any image.
        max_auc_drop: of formats of reduced precision, in ROC-AUC.
        calibration_images: how many training images, at most, set the ranges of int8.
        seed: of their choice.
    """

    formats: tuple[Format, ...] = Field(strict=False)
    max_probability_difference: float = Field(ge=0, le=1)
    max_auc_drop: float = Field(ge=0, le=1)
    calibration_images: int = Field(ge=1)
    seed: int = Field(ge=0)

    @field_validator("formats")
    @classmethod
    def _keras_once(cls, formats: tuple[Format, ...]) -> tuple[Format, ...]:
        if "keras" not in formats or len(set(formats)) < len(formats):
            raise ValueError("expected different formats, keras among them")
        return formats
