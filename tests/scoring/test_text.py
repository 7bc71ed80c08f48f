"""Scores in plain words."""

from pathlib import Path

import pytest

from lesion_pipeline.scores.results import Resamples
from lesion_pipeline.scoring.cases import read_cases
from lesion_pipeline.scoring.columns import ScoredColumns
from lesion_pipeline.scoring.score import PredictionScores, ScoringParams, score
from lesion_pipeline.scoring.text import figures_table, heading, notes
from tests.scoring.tables import made_up


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    table = made_up()
    table.to_csv(tmp_path / "p.csv", index=False)
    return tmp_path / "p.csv", tmp_path / "p.csv"


def scores_of(
    files: tuple[Path, Path], threshold: float | None, columns: ScoredColumns
) -> PredictionScores:
    params = ScoringParams(threshold=threshold, resamples=Resamples(samples=50, seed=3))
    return score(read_cases(*files, columns), params)


def test_a_row_a_figure_by_image_and_by_lesion(files: tuple[Path, Path]) -> None:
    scores = scores_of(files, 0.4, ScoredColumns())
    assert heading(scores) == "80 images, 28 malignant of 40 lesions, 14 malignant"
    table = figures_table(scores)
    assert table.iloc[:, 0].tolist() == [
        "ROC-AUC", "PR-AUC", "Brier score", "log loss", "calibration slope (1 is ideal)",
        "calibration intercept (0 is ideal)", "calibration error (10 bins)", "sensitivity at 0.4",
        "specificity at 0.4", "PPV at 0.4", "NPV at 0.4",
    ]  # fmt: skip
    low, high = scores.lesions.roc_auc_interval
    assert table.iloc[0, 3:].tolist() == [
        f"{scores.lesions.roc_auc:.3f}", f"{low:.3f} to {high:.3f}"
    ]  # fmt: skip
    assert table.iloc[4, 3:].tolist() == ["", ""]
    assert table.iloc[7, 1] == f"{scores.rates.sensitivity:.3f}"
    assert "Few malignant lesions (14)" in notes(scores) and "--threshold" not in notes(scores)


def test_without_lesions_and_threshold_there_are_fewer_columns_and_rows(
    files: tuple[Path, Path],
) -> None:
    text = files[0].read_text().replace("lesion_id", "nest")
    files[0].write_text(text)
    scores = scores_of(files, None, ScoredColumns())
    assert figures_table(scores).shape == (7, 3)
    assert heading(scores) == "80 images, 28 malignant"
    assert "each image as independent (80 of them)" in notes(scores)
    assert "Few malignant images (28)" in notes(scores) and "--threshold P adds" in notes(scores)


def test_what_was_left_out_and_what_is_undefined_is_told(files: tuple[Path, Path]) -> None:
    scores = scores_of(files, 1.0, ScoredColumns())
    changes = {"left_out": 1, "one_sided": 2, "calibration_slope": None}
    changed = scores.model_copy(update={**changes, "calibration_slope_interval": None})
    assert heading(changed).splitlines()[1:] == [
        "1 image left out: no probability", "2 images left out: in one of the tables only"
    ]  # fmt: skip
    table = figures_table(changed)
    assert table.iloc[4, 1:3].tolist() == ["undefined", ""]
    assert table.iloc[9, 1:].tolist() == ["undefined", "", "undefined", ""]  # PPV: none is called
