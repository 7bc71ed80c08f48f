"""How errors name the values of a table."""

from pathlib import Path

import pandas as pd
import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.tables.offenders import (
    SHOWN,
    ListedError,
    Problem,
    distinct_offenders,
    offenders,
    refuse,
    whole_lists,
)

MANY = Problem("many", tuple(f"x{number}" for number in range(SHOWN + 2)), "do this")
ONE = Problem("one", ("y",), "do this")


def test_values_are_named_with_column_and_line() -> None:
    values = pd.Series(["x", ""], index=[2, 7], name="dx")
    (problem,) = offenders(values, "unknown")
    assert problem.text() == "  dx unknown: 'x' (line 2), '' (line 7)"


def test_values_are_named_once_the_most_frequent_first() -> None:
    values = pd.Series(["a", "b", "b", "c"], index=[2, 7, 8, 9], name="dx")
    (problem,) = distinct_offenders(values, "unknown", "do this")
    assert problem.text() == (
        "  dx unknown: 'b' (2 rows, the first in line 7), 'a' (line 2), 'c' (line 9)"
    )
    assert problem.hint == "do this"


@pytest.mark.parametrize("name", [offenders, distinct_offenders])
def test_without_values_there_is_no_line(name: type[offenders]) -> None:
    assert list(name(pd.Series([], name="dx", dtype=str), "unknown")) == []


def test_nothing_is_refused_without_problems() -> None:
    refuse("a.csv", [])


@pytest.mark.parametrize(
    ("problems", "text"),
    [
        ([ONE], "a.csv: 1 kind of problem\none: y\nHint: do this"),
        (
            [Problem("two", ("z",)), ONE, ONE],
            "a.csv: 3 kinds of problem\ntwo: z\none: y\none: y\nHint: do this",
        ),
    ],
)
def test_all_problems_are_in_the_error_and_each_hint_once(
    problems: list[Problem], text: str
) -> None:
    with pytest.raises(DataError) as error:
        refuse("a.csv", problems)
    assert str(error.value) == text


def test_a_long_list_is_cut_and_written_whole(tmp_path: Path) -> None:
    file = tmp_path / "logs/fetch.txt"
    with pytest.raises(DataError) as error, whole_lists(file):
        raise ListedError("heading", [MANY])
    shown = ", ".join(MANY.offenders[:SHOWN])
    assert str(error.value).splitlines() == [
        "heading", f"many: {shown} and 2 more", "Hint: do this", f"The whole lists: {file}",
    ]  # fmt: skip
    whole = ", ".join(MANY.offenders)
    assert file.read_text() == f"heading\nmany: {whole}\nHint: do this\n"


def test_a_short_list_needs_no_file(tmp_path: Path) -> None:
    with pytest.raises(ListedError), whole_lists(tmp_path / "fetch.txt"):
        raise ListedError(None, [ONE])
    assert not list(tmp_path.iterdir())
