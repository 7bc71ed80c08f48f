"""The worked example of docs/own_collection.md: its commands, as written, print what it prints."""

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from tests.code_deps import ROOT
from tests.commands import clone, run

pytestmark = pytest.mark.slow

PAGE = (ROOT / "docs/own_collection.md").read_text(encoding="utf-8")
# Commands that the test runs, each with the lines that it prints; those of whole runs take minutes.
STEPS = re.findall(r"```sh\n([^`]*)```\n+```text\n([^`]*)```", PAGE)
LESIONS = {
    "nevus": 40, "melanoma": 12, "basal cell carcinoma": 10, "solar lentigo": 8,
    "actinic keratosis": 7, "dermatofibroma": 7,
}  # fmt: skip


def make_clinic(folder: Path, write_noise: Callable[[Path, int], None]) -> None:
    """Make the folder of the page: a table, and photos in two folders, two of every fourth case."""
    names = [name for name, count in LESIONS.items() for _ in range(count)]
    cases = [case for case in range(len(names)) for _ in range(1 + (case % 4 == 3))]
    rows = []
    for number, case in enumerate(cases, start=1):
        file = f"P{number:04d}.jpg"
        write_noise(folder / f"photos/{2024 + number % 2}/{file}", number)
        age, gender = 30 + case % 50, "fm"[case % 2]
        rows.append((file, f"C{case + 1:03d}", names[case], age, gender))
    columns = ["file name", "case", "Final diagnosis", "age", "gender"]
    pd.DataFrame(rows, columns=columns).to_csv(folder / "cases.csv", sep=";", index=False)


def printed_in_order(lines: list[str], output: str) -> bool:
    """Tell whether an output has these lines, in their order, others between them or not."""
    left = iter(line.strip() for line in output.splitlines())
    return all(line.strip() in left for line in lines)


def test_the_example_prints_what_the_page_has(
    tmp_path: Path, write_noise: Callable[[Path, int], None]
) -> None:
    make_clinic(tmp_path / "clinic", write_noise)
    (tmp_path / "repository").mkdir()
    repository = clone(tmp_path / "repository")
    assert len(STEPS) == 6
    for command, expected in STEPS:
        words = shlex.split(command.replace("\\\n", " "))
        status = 255 if expected.startswith("error: ") else 0
        output = run(repository, *words, status=status)
        output = output.replace(str(tmp_path), "/home/me")
        assert printed_in_order(expected.splitlines(), output), f"{command}\n{output}"
