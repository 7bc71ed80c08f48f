"""Parameters of a collection's table: its own names for columns and diagnoses."""

from typing import Annotated, Final

from pydantic import AfterValidator

from lesion_pipeline.core.errors import listed
from lesion_pipeline.core.labels import DIAGNOSES
from lesion_pipeline.core.params import Section

COLUMNS: Final = ("lesion_id", "image_id", "dx", "dx_type", "age", "sex", "localization")


class Columns(Section):
    """Names of our columns in the collection; None: it has no such column."""

    lesion_id: str
    image_id: str
    dx: str
    dx_type: str | None
    age: str | None
    sex: str | None
    localization: str | None


def _ours(dx: str) -> str:
    if dx not in DIAGNOSES:
        raise ValueError(f"expected one of {listed(DIAGNOSES)}")
    return dx


OurDiagnosis = Annotated[str, AfterValidator(_ours)]


class TableParams(Section):
    """A collection's own names.

    Attributes:
        columns: its names for our columns.
        diagnoses: from its name to ours, for diagnoses whose names differ; None: none do.
    """

    columns: Columns
    diagnoses: dict[str, OurDiagnosis] | None


OURS: Final = TableParams(
    columns=Columns.model_validate({column: column for column in COLUMNS}), diagnoses=None
)
