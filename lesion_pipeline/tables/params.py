"""Parameters of a collection's table: its own names for columns and diagnoses."""

from collections.abc import Container
from typing import Annotated, Any, Final

import yaml
from pydantic import AfterValidator, BeforeValidator

from lesion_pipeline.core.errors import listed
from lesion_pipeline.core.labels import CLASSES, DIAGNOSES
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

    def names(self, present: Container[str]) -> dict[str, str | None]:
        """Return their names by ours.

        Args:
            present: the columns that the table has. lesion_id named `image_id` means the column
                of the images, even if that has another name.
        """
        names: dict[str, str | None] = self.model_dump()
        if self.lesion_id == "image_id" and "image_id" not in present:
            names["lesion_id"] = self.image_id
        return names


def _ours(dx: str) -> str:
    if dx not in (*DIAGNOSES, *CLASSES):
        raise ValueError(f"expected one of {listed((*DIAGNOSES, *CLASSES))}")
    return dx


def _mapping(value: Any) -> Any:
    """Take the mapping from a text as well, and numbers as names.

    `dvc exp run -S` has no quotes within a mapping, which names with commas or brackets need, and
    adds no keys to a mapping that is there already. A text has neither limit.
    """
    try:
        content = yaml.safe_load(value) if isinstance(value, str) else value
    except yaml.YAMLError:
        raise ValueError("expected a mapping from names to ours") from None
    if not isinstance(content, dict):
        return content
    return {str(key) if isinstance(key, int) else key: dx for key, dx in content.items()}


OurDiagnosis = Annotated[str, AfterValidator(_ours)]
Diagnoses = Annotated[dict[str, OurDiagnosis] | None, BeforeValidator(_mapping)]


class TableParams(Section):
    """A collection's own names.

    Attributes:
        columns: its names for our columns.
        diagnoses: from its name to ours, or to benign and malignant, where names differ; None:
            none do.
    """

    columns: Columns
    diagnoses: Diagnoses


OURS: Final = TableParams(
    columns=Columns.model_validate({column: column for column in COLUMNS}), diagnoses=None
)
