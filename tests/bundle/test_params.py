"""Section `export`: which formats may be asked for, and what the bundle may be called."""

import pytest
from pydantic import ValidationError

from lesion_pipeline.bundle.params import ExportParams, FormatParams

EXPORT = {
    "name": "tiny", "formats": ["keras"], "max_probability_difference": 1e-4,
    "max_auc_drop": 0.02, "verified_images": 30, "calibration_images": 16, "seed": 1,
}  # fmt: skip


@pytest.mark.parametrize(
    ("formats", "message"),
    [
        (["tflite"], "expected different formats, keras among them"),
        (["keras", "keras"], "expected different formats, keras among them"),
        (["keras", "pickle"], "Input should be 'tflite', 'onnx', 'keras', 'saved_model', 'tflite_"),
    ],
)
def test_formats_that_are_refused(formats: list[str], message: str) -> None:
    values = {key: EXPORT[key] for key in FormatParams.model_fields} | {"formats": formats}
    with pytest.raises(ValidationError, match=message):
        FormatParams.model_validate(values)


@pytest.mark.parametrize("name", ["lesion-classifier", "a", "v1.2_b"])
def test_a_name_that_fits_a_file_is_taken(name: str) -> None:
    assert ExportParams.model_validate(EXPORT | {"name": name}).name == name


@pytest.mark.parametrize("name", ["", "a b", "a/b", "ü"])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        ExportParams.model_validate(EXPORT | {"name": name})
