"""How errors name the values of a table."""

import pandas as pd
import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.tables.offenders import offenders, refuse


def test_values_are_named_with_column_and_line() -> None:
    values = pd.Series(["x", ""], index=[2, 7], name="dx")
    assert list(offenders(values, "unknown")) == ["  dx unknown: 'x' (line 2), '' (line 7)"]


def test_without_values_there_is_no_line() -> None:
    assert list(offenders(pd.Series([], name="dx", dtype=str), "unknown")) == []


def test_nothing_is_refused_without_problems() -> None:
    refuse("a.csv", [])


@pytest.mark.parametrize(
    ("problems", "text"),
    [
        (["  one"], "a.csv: 1 kind of problem\n  one"),
        (["  one", "  two"], "a.csv: 2 kinds of problem\n  one\n  two"),
    ],
)
def test_all_problems_are_in_the_error(problems: list[str], text: str) -> None:
    with pytest.raises(DataError) as error:
        refuse("a.csv", problems)
    assert str(error.value) == text
