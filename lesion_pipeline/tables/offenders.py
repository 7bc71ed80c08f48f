"""How an error names what is wrong with a table: the values, each with its line in the file."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from lesion_pipeline.core.errors import DataError, listed
from lesion_pipeline.core.files import write_text

SHOWN: Final = 10  # offenders of one kind; the others are counted


@dataclass(frozen=True)
class Problem:
    """One kind of problem.

    Attributes:
        what: what is wrong.
        offenders: all with which it is.
        hint: the next step, if it is obvious.
    """

    what: str
    offenders: tuple[str, ...]
    hint: str | None = None

    def text(self, most: int | None = SHOWN) -> str:
        """Return the problem in a line, with so many offenders (None: all)."""
        left = len(self.offenders[most:]) if most is not None else 0
        more = f" and {left} more" if left else ""
        return f"{self.what}: {listed(self.offenders[:most])}{more}"


class ListedError(DataError):
    """An error whose lists are cut.

    Attributes:
        whole: its text with the whole lists, or None if nothing was cut.
    """

    def __init__(self, heading: str | None, problems: Sequence[Problem]) -> None:
        """Name problems under a heading, and the next steps below."""
        hints = [f"Hint: {hint}" for hint in dict.fromkeys(p.hint for p in problems) if hint]

        def text(most: int | None) -> str:
            return "\n".join(filter(None, [heading, *(p.text(most) for p in problems), *hints]))

        super().__init__(text(SHOWN))
        self.whole = text(None) if any(len(p.offenders) > SHOWN for p in problems) else None


def offenders(values: pd.Series, problem: str) -> Iterator[Problem]:
    """Yield a problem that names all values that have it, or nothing if there are none.

    Args:
        values: the offending values; the name is that of the column, the index the line in the
            file.
        problem: what is wrong with them.
    """
    if len(values):
        places = (f"{value!r} (line {line})" for line, value in values.items())
        yield Problem(f"  {values.name} {problem}", tuple(places))


def distinct_offenders(
    values: pd.Series, problem: str, hint: str | None = None
) -> Iterator[Problem]:
    """Yield as `offenders`, but each value once, the most frequent ones first."""
    if len(values):
        counts = values.value_counts(sort=False).sort_values(ascending=False, kind="stable")
        lines = values.drop_duplicates()
        first = {value: line for line, value in lines.items()}
        places = (
            f"{value!r} ({f'{count} rows, the first in ' * (count > 1)}line {first[value]})"
            for value, count in counts.items()
        )
        yield Problem(f"  {values.name} {problem}", tuple(places), hint)


def refuse(name: str, problems: Sequence[Problem]) -> None:
    """Raise if there are problems.

    Args:
        name: of the table.
        problems: one for each kind.

    Raises:
        ListedError: names the table and all problems.
    """
    if problems:
        kinds = f"{len(problems)} kind{'s' * (len(problems) > 1)} of problem"
        raise ListedError(f"{name}: {kinds}", problems)


@contextmanager
def whole_lists(file: Path) -> Iterator[None]:
    """Write to `file` an error whose lists are cut, and name the file in the error."""
    try:
        yield
    except ListedError as error:
        if error.whole is None:
            raise
        write_text(file, f"{error.whole}\n")
        raise DataError(f"{error}\nThe whole lists: {file}") from None
