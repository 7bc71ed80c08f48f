"""Other collections in the report of two revisions."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from lesion_pipeline.cli import main
from lesion_pipeline.revisions.external import external_table
from lesion_pipeline.revisions.read import Revision
from lesion_pipeline.scores.results import Validation
from tests.clinic import CLINIC

FILE = Path("metrics/validate.json")


@pytest.fixture
def here(revisions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose working tree was scored on a clinic, and whose commits weren't."""
    copy = Path(shutil.copytree(revisions, tmp_path / "copy"))
    Validation(collections={"clinic": CLINIC}).write(copy / FILE)
    monkeypatch.chdir(copy)
    return copy


def table(first: str, second: str) -> pd.DataFrame:
    return external_table(Revision.find(first), Revision.find(second), FILE)


def test_a_revision_that_was_not_scored_there_has_dashes(here: Path) -> None:
    rows = table("weak", "workspace").to_numpy().tolist()
    assert rows == [
        ["clinic", "images (malignant)", "-", "1,200 (300)"],
        ["clinic", "ROC-AUC", "-", "0.800 (0.700 to 0.900)"],
        ["clinic", "PR-AUC", "-", "0.600 (0.400 to 0.700)"],
        ["clinic", "sensitivity", "-", "0.900 (0.800 to 0.950)"],
        ["clinic", "specificity", "-", "0.500 (0.400 to 0.600)"],
        ["clinic", "calibration slope", "-", "0.750 (0.500 to unlimited)"],
        ["clinic", "calibration intercept", "-", "undefined"],
    ]
    assert [row[2] for row in table("workspace", "weak").to_numpy()][1] == "0.800 (0.700 to 0.900)"


def test_two_that_were_scored_stand_side_by_side(here: Path) -> None:
    shown = table("workspace", "workspace").iloc[:, 2:]
    assert (shown.iloc[:, 0] == shown.iloc[:, 1]).all() and len(shown) == 7


@pytest.mark.parametrize("content", ["{", '{"collections": {"clinic": {"auc": 1}}}', None])
def test_another_layout_counts_as_not_scored(here: Path, content: str | None) -> None:
    (here / FILE).unlink()
    if content is not None:
        (here / FILE).write_text(content)
    assert table("weak", "workspace").empty


def test_the_report_has_the_section_only_where_there_is_a_collection(
    here: Path, tmp_path: Path
) -> None:
    for pair, name in ((("weak", "workspace"), "with"), (("weak", "strong"), "without")):
        options = ["--output", str(tmp_path / name), "--samples", "20"]
        assert main(["report", *pair, *options]) == 0
    text = (tmp_path / "with/report.md").read_text()
    assert "## Other collections" in text and "| clinic | ROC-AUC | - | 0.800 (0.700" in text
    assert "there is no verdict" in text
    assert "Other collections" not in (tmp_path / "without/report.md").read_text()
