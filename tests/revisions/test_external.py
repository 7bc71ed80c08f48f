"""Other collections in the report of two revisions."""

import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from lesion_pipeline.cli import main
from lesion_pipeline.revisions.external import external_table
from lesion_pipeline.revisions.read import Revision
from lesion_pipeline.scores.results import (
    CalibratedScores,
    DecisionRates,
    ExternalScores,
    LesionScores,
    Rates,
    Validation,
)

FILE = Path("metrics/validate.json")
LOSSES: dict[str, Any] = {
    "brier_score": 0.1, "brier_score_interval": (0.05, 0.2),
    "log_loss": 0.3, "log_loss_interval": (0.2, 0.4),
}  # fmt: skip
CALIBRATION: dict[str, Any] = {
    "calibration_slope": 0.75, "calibration_slope_interval": (0.5, None),
    "calibration_intercept": None, "calibration_intercept_interval": None,
    "calibration_error": 0.1,
}  # fmt: skip
RANKING: dict[str, Any] = {
    "roc_auc": 0.8, "roc_auc_interval": (0.7, 0.9), "pr_auc": 0.6, "pr_auc_interval": (0.4, 0.7),
}  # fmt: skip
RATES: dict[str, Any] = {
    "accuracy": 0.7, "f1_score": 0.6, "tp": 1, "tn": 1, "fp": 1, "fn": 1,
    "ppv": None, "ppv_interval": None, "npv": 0.5, "npv_interval": (0, 1),
    "sensitivity": 0.9, "sensitivity_interval": (0.8, 0.95),
    "specificity": 0.5, "specificity_interval": (0.4, 0.6),
}  # fmt: skip
CLINIC = ExternalScores(
    **LOSSES, **CALIBRATION, **RANKING, images=1200, malignant=300, duplicates=1, unreadable=0,
    calibrated=CalibratedScores(**LOSSES, **CALIBRATION),
    lesions=LesionScores(**LOSSES, **RANKING, count=900, malignant=200),
    rates=Rates(**RATES, lesions=DecisionRates(**RATES)),
    adaptation=None,
)  # fmt: skip


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
