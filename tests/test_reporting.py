"""docs/reporting.md goes through both lists, and the pipeline makes the files that it names."""

import re
from pathlib import Path

import pytest
import yaml

from tests.code_deps import ROOT

PAGE = (ROOT / "docs/reporting.md").read_text(encoding="utf-8")
PARTS = {3: "abc", 5: "ab", 6: "abc", 8: "abc", 9: "abc", 12: "abcdefg", 18: "abcdef", 20: "abc",
         23: "ab", 27: "abc"}  # fmt: skip
TRIPOD = [f"{item}{part}" for item in range(1, 28) for part in PARTS.get(item, " ")]
FILES = sorted(set(re.findall(r"(?:data|plots|metrics)/[\w./]*\w", PAGE)))


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the table below a heading, without its head."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_every_item_has_a_row() -> None:
    assert [row[0] for row in rows("TRIPOD+AI")] == [item.strip() for item in TRIPOD]
    assert len(TRIPOD) == 52
    assert [row[0] for row in rows("CLAIM")] == [str(item) for item in range(1, 45)]


@pytest.mark.parametrize("heading", ["TRIPOD+AI", "CLAIM"])
def test_what_the_pipeline_answers_has_a_place(heading: str) -> None:
    for item, _, who, where in rows(heading):
        assert who in ("pipeline", "in part", "people"), item
        assert where or who == "people", item


def test_the_files_are_outputs_of_stages() -> None:
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"].values()
    entries = [
        next(iter(entry)) if isinstance(entry, dict) else entry
        for stage in stages
        for key in ("outs", "metrics", "plots")
        for entry in stage.get(key, [])
    ]
    outputs = [Path(entry) for entry in entries]
    for name in FILES:
        file = Path(name)
        assert any(file.is_relative_to(out) or out.is_relative_to(file) for out in outputs), name
    assert len(FILES) > 20
