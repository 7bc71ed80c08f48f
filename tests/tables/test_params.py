"""A collection's own names."""

import pytest
from pydantic import ValidationError

from lesion_pipeline.tables.params import COLUMNS, OURS, Columns, TableParams


def test_our_own_names_are_those_of_ham10000() -> None:
    assert OURS.columns.model_dump() == {column: column for column in COLUMNS}
    assert OURS.diagnoses is None


@pytest.mark.parametrize("column", ["lesion_id", "image_id", "dx"])
def test_a_column_that_is_needed_must_have_a_name(column: str) -> None:
    with pytest.raises(ValidationError, match=f"{column}\n  Input should be a valid string"):
        Columns.model_validate(OURS.columns.model_dump() | {column: None})


def test_a_diagnosis_must_be_translated_to_one_of_ours() -> None:
    with pytest.raises(ValidationError, match="expected one of akiec, bcc, bkl, df, mel, nv, vasc"):
        TableParams(columns=OURS.columns, diagnoses={"naevus": "nevus"})
