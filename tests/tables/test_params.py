"""A collection's own names."""

from pathlib import Path

import pytest
import yaml
from dvc.utils.hydra import apply_overrides
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
    with pytest.raises(ValidationError, match=r"expected one of akiec, .*, vasc, benign, mal"):
        TableParams(columns=OURS.columns, diagnoses={"naevus": "nevus"})


@pytest.mark.parametrize(
    ("override", "diagnoses"),
    [
        ("{basal cell carcinoma: bcc, nevus: nv}", {"basal cell carcinoma": "bcc", "nevus": "nv"}),
        ("""'{"basal cell carcinoma": bcc}'""", {"basal cell carcinoma": "bcc"}),
        ("""'{"carcinoma, basal cell (BCC)": bcc}'""", {"carcinoma, basal cell (BCC)": "bcc"}),
        ("{0: benign, 1: malignant}", {"0": "benign", "1": "malignant"}),
        ("null", None),
    ],
)
def test_names_may_be_anything_on_the_command_line(
    tmp_path: Path, override: str, diagnoses: dict[str, str] | None
) -> None:
    """As `dvc exp run -S` writes them to params.yaml."""
    file = tmp_path / "params.yaml"
    present = {"nevus": "nv"} if override.startswith(("'", "null")) else None
    file.write_text(yaml.safe_dump({"fetch": OURS.model_dump() | {"diagnoses": present}}))
    overrides = [f"fetch.diagnoses={override}", 'fetch.columns.dx="Final diagnosis (text)"']
    apply_overrides(file, overrides)
    found = TableParams.model_validate(yaml.safe_load(file.read_text())["fetch"])
    assert found.diagnoses == diagnoses
    assert found.columns.dx == "Final diagnosis (text)"


@pytest.mark.parametrize("text", ["{a: ", "a"])
def test_a_text_that_is_no_mapping_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match=r"^1 validation error for TableParams\ndiagnoses"):
        TableParams.model_validate({"columns": OURS.columns, "diagnoses": text})
