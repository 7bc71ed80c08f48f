"""Section `export`: the bundle's name, its file formats and how near they must come."""

from pydantic import Field, field_validator

from lesion_pipeline.bundle.formats import FormatName
from lesion_pipeline.core.params import Section


class FormatParams(Section):
    """The formats of a bundle, and how far they may depart from the predictions for val.

    Attributes:
        formats: file formats of the network; `keras` is always one of them.
        max_probability_difference: limit for formats of full precision, in any output of any image.
        max_auc_drop: limit for formats of reduced precision, in ROC-AUC.
        verified_images: the most images of val on which a format of full precision is compared;
            one of reduced precision is compared on all.
        calibration_images: the most training images that set the ranges of int8.
        seed: of the draw of these images.
    """

    formats: tuple[FormatName, ...] = Field(strict=False)
    max_probability_difference: float = Field(ge=0, le=1)
    max_auc_drop: float = Field(ge=0, le=1)
    verified_images: int = Field(ge=2)  # of both classes
    calibration_images: int = Field(ge=1)
    seed: int = Field(ge=0)

    @field_validator("formats")
    @classmethod
    def _keras_once(cls, formats: tuple[FormatName, ...]) -> tuple[FormatName, ...]:
        if "keras" not in formats or len(set(formats)) < len(formats):
            raise ValueError("expected different formats, keras among them")
        return formats


class ExportParams(FormatParams):
    """The name of the bundle, and its formats."""

    name: str = Field(min_length=1, pattern=r"^[A-Za-z0-9._-]+$")
