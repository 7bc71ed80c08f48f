"""The items of TRIPOD+AI and CLAIM, and who answers them: tripod.csv and claim.csv.

These two files are the home of what docs/reporting.md and the report show. To update the page, put
what `python -m lesion_pipeline.reporting.items` prints into it.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PEOPLE: Final = "people"  # of an item that no output answers
COLUMNS: Final = ("item", "subject", "who", "where, or what is left to say")


@dataclass(frozen=True)
class ChecklistItem:
    """An item of a list.

    Attributes:
        item: its number there, with the letter of its part.
        subject: in our words.
        who: `pipeline`: an output answers it; `in part`: it has the facts, the reasons are left;
            `people`: no output answers it.
        where: which outputs those are, and what is left to say; Markdown.
    """

    item: str
    subject: str
    who: str
    where: str


def tripod() -> list[ChecklistItem]:
    """Return the items of TRIPOD+AI."""
    return _read("tripod")


def claim() -> list[ChecklistItem]:
    """Return the items of CLAIM."""
    return _read("claim")


def table(items: Iterable[ChecklistItem]) -> str:
    """Return items as a table in Markdown, without a final line end."""
    rows = [COLUMNS, ["---"] * len(COLUMNS)]
    rows += [(each.item, each.subject, each.who, each.where) for each in items]
    return "\n".join(_line(row) for row in rows)


def _line(cells: Iterable[str]) -> str:
    text = "|".join(cell if cell == "---" else f" {cell} " for cell in cells)
    return f"|{text}|".replace("|  |", "| |")


def _read(name: str) -> list[ChecklistItem]:
    file = Path(__file__).with_name(f"{name}.csv")
    with file.open(encoding="utf-8", newline="") as rows:
        return [ChecklistItem(**row) for row in csv.DictReader(rows)]


if __name__ == "__main__":
    print(f"{table(tripod())}\n\n{table(claim())}")
