"""How an error names what is wrong with a table: the values, each with its line in the file."""

from collections.abc import Iterator, Sequence

import pandas as pd

from lesion_pipeline.core.errors import DataError, listed


def offenders(values: pd.Series, problem: str) -> Iterator[str]:
    """Yield one line that names all values with a problem, or nothing if there are none.

    Args:
        values: the offending values; the name is that of the column, the index the line in the
            file.
        problem: what is wrong with them.
    """
    if len(values):
        places = [f"{value!r} (line {line})" for line, value in values.items()]
        yield f"  {values.name} {problem}: {listed(places)}"


def refuse(name: str, problems: Sequence[str]) -> None:
    """Raise if there are problems.

    Args:
        name: of the table.
        problems: one line for each kind of problem.

    Raises:
        DataError: names the table and all problems.
    """
    if problems:
        kinds = f"{len(problems)} kind{'s' * (len(problems) > 1)} of problem"
        raise DataError("\n".join([f"{name}: {kinds}", *problems]))
