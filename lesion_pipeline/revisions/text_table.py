"""Tables of text, in aligned columns or as Markdown."""

import pandas as pd


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


def _rows(table: pd.DataFrame) -> list[list[str]]:
    return [list(map(str, table.columns)), *table.astype(str).to_numpy().tolist()]


def _escaped(cell: str) -> str:
    return " ".join(cell.replace("|", "\\|").split())
