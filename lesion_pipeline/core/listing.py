"""How many things are told in one line."""

from collections.abc import Sequence


def few(items: Sequence[object], most: int = 5) -> str:
    """Join the first items with commas, and tell how many more there are."""
    shown = ", ".join(str(item) for item in items[:most])
    return f"{shown} and {len(items) - most} more" if len(items) > most else shown


def counted(number: int, thing: str) -> str:
    """Return a number with a noun, in the plural unless it is 1."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
