"""What one stage hands to the next as JSON: typed where it is made, read as the same type."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, ValidationError

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.files import write_json
from lesion_pipeline.core.params import Section

Fraction = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
Interval = tuple[float | None, float | None] | None  # 95 %; None where it is undefined


def is_none(value: object) -> bool:
    """Tell whether a field has no value: for `exclude_if` of fields that few results have."""
    return value is None


class Result(Section):
    """Base of all results: frozen, strictly typed, without keys that the type doesn't know."""

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read what `write` wrote.

        Raises:
            DataError: the file is missing, is not JSON, or a key is missing, unknown or has a
                wrong value; names the file and all such keys.
        """
        try:
            return cls.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            raise DataError(f"{path} not found: run `dvc repro`") from None
        except ValidationError as error:
            raise DataError(f"{path}: {problems(error)}") from None

    def write(self, *paths: Path) -> None:
        """Write the fields that were given, as indented JSON, to each path."""
        content = self.model_dump(mode="json", exclude_unset=True)
        for path in paths:
            write_json(path, content)


def problems(error: ValidationError) -> str:
    """Name each key that is wrong with what was expected there, joined with semicolons."""
    found = []
    for item in error.errors():
        key = ".".join(str(part) for part in item["loc"])
        message = item["msg"].removeprefix("Value error, ").replace("Input should be", "expected")
        found.append(f"{key}: {message}" if key else message)
    return "; ".join(found)
