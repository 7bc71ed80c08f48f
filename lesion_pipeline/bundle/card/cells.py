"""Numbers of the model card's tables, as text."""

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table as Markdown, without a final line end."""
    lines = (columns, ["---"] * len(columns), *rows)
    return "\n".join("|" + "|".join(_padded(cell) for cell in line) + "|" for line in lines)


def _padded(cell: object) -> str:
    return "---" if cell == "---" else f" {cell} "


def rate(value: float | None, interval: Sequence[float | None] | None, digits: int = 3) -> str:
    """Return a rate with its interval: "0.900 (0.700-1.000)"; nothing for None."""
    if value is None or interval is None:
        return ""
    low, high = interval
    return f"{value:.{digits}f} ({_end(low, digits)}-{_end(high, digits)})"


def rate_of(row: dict[Any, Any], name: str, digits: int = 3) -> str:
    """Return `rate` of a table's row, whose interval stands in <name>_low and <name>_high."""
    value, low, high = (
        None if pd.isna(row[key]) else float(row[key])
        for key in (name, f"{name}_low", f"{name}_high")
    )
    return rate(value, (low, high), digits)


def _end(value: float | None, digits: int) -> str:
    return "unlimited" if value is None or pd.isna(value) else f"{value:.{digits}f}"
