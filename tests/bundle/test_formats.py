"""Names of formats, and what may be asked for."""

import pytest
from pydantic import ValidationError

from lesion_pipeline.bundle.formats import FILES, FORMATS, REDUCED, FormatParams
from tests.tiny import EXPORT


def test_each_format_has_a_file_of_its_own() -> None:
    assert tuple(FILES) == FORMATS and len(set(FILES.values())) == len(FORMATS)
    assert set(REDUCED) < set(FORMATS)


@pytest.mark.parametrize(
    ("formats", "message"),
    [
        (["tflite"], "expected different formats, keras among them"),
        (["keras", "keras"], "expected different formats, keras among them"),
        (["keras", "pickle"], "Input should be 'keras', 'saved_model', 'tflite'"),
    ],
)
def test_formats_that_are_refused(formats: list[str], message: str) -> None:
    values = EXPORT.model_dump(include=set(FormatParams.model_fields)) | {"formats": formats}
    with pytest.raises(ValidationError, match=message):
        FormatParams.model_validate(values)
