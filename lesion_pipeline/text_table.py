"""Tables of text: in aligned columns, as Markdown, or as LaTeX."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from lesion_pipeline.core.files import write_text
from lesion_pipeline.core.results import Interval

_LATEX: Final = {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    **{letter: f"\\{letter}" for letter in "&%$#_{}"},
}  # fmt: skip


@dataclass(frozen=True)
class CaptionedTable:
    """A table for a report.

    Attributes:
        title: what it shows, in a line.
        note: how to read it.
        table: all cells as text.
    """

    title: str
    note: str
    table: pd.DataFrame

    def markdown(self) -> str:
        """Return it as a Markdown document."""
        return f"# {self.title}\n\n{markdown(self.table)}\n\n{self.note}\n"

    def latex(self) -> str:
        """Return it as a LaTeX table, which needs no package."""
        lines = [
            r"\begin{table}",
            rf"\caption{{{_latex(self.title)}. {_latex(self.note)}}}",
            latex(self.table),
            r"\end{table}",
        ]
        return "\n".join(lines) + "\n"


def write_captioned(folder: Path, tables: Mapping[str, CaptionedTable]) -> None:
    """Write each table as <folder>/<name>.md and <folder>/<name>.tex."""
    for name, table in tables.items():
        write_text(folder / f"{name}.md", table.markdown())
        write_text(folder / f"{name}.tex", table.latex())


def plain(table: pd.DataFrame) -> str:
    """Format a table of text in aligned columns."""
    rows = _rows(table)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    ]
    return "\n".join(line.rstrip() for line in lines)


def markdown(table: pd.DataFrame) -> str:
    """Format a table of text as Markdown."""
    head, *rest = ([_escaped(cell) for cell in row] for row in _rows(table))
    rule = ["---"] * len(head)
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rest))


def with_interval(value: float | None, interval: Interval) -> str:
    """Return a value with its interval: "0.850 (0.750 to 0.950)"; "undefined" for None."""
    if value is None:
        return "undefined"
    ends = ("unlimited" if end is None else f"{end:.3f}" for end in interval or (None, None))
    return f"{value:.3f} ({' to '.join(ends)})"


def latex(table: pd.DataFrame) -> str:
    """Format a table of text as a LaTeX tabular, the first column to the left."""
    head, *rest = (" & ".join(map(_latex, row)) + r" \\" for row in _rows(table))
    columns = "l" + "r" * (table.shape[1] - 1)
    lines = [rf"\begin{{tabular}}{{{columns}}}", r"\hline", head, r"\hline", *rest, r"\hline"]
    return "\n".join([*lines, r"\end{tabular}"])


def _rows(table: pd.DataFrame) -> list[list[str]]:
    return [list(map(str, table.columns)), *table.astype(str).to_numpy().tolist()]


def _escaped(cell: str) -> str:
    return " ".join(cell.replace("|", "\\|").split())


def _latex(cell: str) -> str:
    return re.sub(r"[\\~^&%$#_{}]", lambda found: _LATEX[found[0]], cell)
