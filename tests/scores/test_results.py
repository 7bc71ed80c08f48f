"""Results as JSON: read as they were written, and refused with the key that is wrong."""

import json
from pathlib import Path
from typing import Any

import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.scores.results import (
    Evaluation,
    MainFigures,
    OperatingPoint,
    SummaryFigures,
)

RANKING = {
    "roc_auc": 0.875, "roc_auc_interval": [0.75, 1.0],
    "pr_auc": 0.5, "pr_auc_interval": [0.25, 0.75],
}  # fmt: skip
LOSSES = {
    "brier_score": 0.125, "brier_score_interval": [0.0625, 0.25],
    "log_loss": 0.5, "log_loss_interval": [0.25, 1.5],
}  # fmt: skip
CALIBRATION = {
    "calibration_slope": None, "calibration_slope_interval": None,
    "calibration_intercept": -0.5, "calibration_intercept_interval": [-1.5, 0.25],
    "calibration_error": 0.0625,
}  # fmt: skip
DECISIONS = {
    "threshold": 0.5, "accuracy": 0.75, "precision": 0.5, "recall": 1.0, "specificity": 0.75,
    "f1_score": 0.625, "tp": 1, "tn": 2, "fp": 1, "fn": 0,
}  # fmt: skip
SCORES = {
    **RANKING, **LOSSES, **CALIBRATION, "images": 4, "malignant": 1,
    "lesions": {**RANKING, **LOSSES, "count": 3, "malignant": 1},
    "at_threshold": DECISIONS, "baselines": {"age_sex_site": RANKING},
}  # fmt: skip
EVALUATION = {
    "resamples": {"samples": 2000, "seed": 42},
    "calibration_bins": 10,
    "val": SCORES,
    "test": {**SCORES, "calibrated": {**LOSSES, **CALIBRATION}},
}
BY_LESION = {
    "accuracy": 0.75, "sensitivity": 1.0, "sensitivity_interval": [0.25, 1.0],
    "specificity": 0.5, "specificity_interval": [0.25, 0.75],
    "ppv": 0.5, "ppv_interval": [0.25, 0.75], "npv": None, "npv_interval": None,
    "f1_score": 0.625, "tp": 1, "tn": 0, "fp": 1, "fn": 0,
}  # fmt: skip
RATES = BY_LESION | {"lesions": BY_LESION}
POINT = {
    "threshold": 0.25, "policy": "cost", "target": {"miss": 10.0, "false_alarm": 1.0},
    "val": RATES, "test": RATES,
}  # fmt: skip


def stored(folder: Path, content: Any) -> Path:
    file = folder / "result.json"
    file.write_text(json.dumps(content))
    return file


def test_an_evaluation_is_written_as_it_was_read(tmp_path: Path) -> None:
    evaluation = Evaluation.read(stored(tmp_path, EVALUATION))
    assert evaluation.resamples.samples == 2000
    assert evaluation.val.roc_auc_interval == (0.75, 1.0)
    assert evaluation.val.baselines["age_sex_site"].pr_auc == 0.5
    assert evaluation.val.diagnoses is evaluation.val.calibrated is None
    assert evaluation.test.calibrated is not None
    assert evaluation.test.calibrated.calibration_intercept_interval == (-1.5, 0.25)
    evaluation.write(tmp_path / "again.json")
    assert json.loads((tmp_path / "again.json").read_text()) == EVALUATION


def test_an_operating_point_is_written_as_it_was_read(tmp_path: Path) -> None:
    point = OperatingPoint.read(stored(tmp_path, POINT))
    assert point.target == {"miss": 10.0, "false_alarm": 1.0}
    assert point.test.npv is point.test.npv_interval is None
    point.write(tmp_path / "again.json")
    assert json.loads((tmp_path / "again.json").read_text()) == POINT


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (POINT | {"threshold": 1.5}, "threshold: expected less than or equal to 1"),
        (POINT | {"policy": "best"}, "policy: expected 'target_sensitivity', "),
        (POINT | {"test": RATES | {"tp": -1}}, "test.tp: expected greater than or equal to 0"),
        (POINT | {"test": RATES | {"sensitivity": None}}, "test.sensitivity: expected a valid num"),
        (POINT | {"note": "x"}, "note: Extra inputs are not permitted"),
        ({key: POINT[key] for key in POINT if key != "val"}, "val: Field required"),
    ],
)
def test_a_wrong_key_is_named(content: dict[str, Any], problem: str, tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        OperatingPoint.read(stored(tmp_path, content))
    assert str(error.value).startswith(f"{tmp_path / 'result.json'}: {problem}")


@pytest.mark.parametrize(
    ("val", "test", "few"), [(30, 30, ""), (29, 30, "29 in val"), (6, 8, "6 in val, 8 in test")]
)
def test_few_malignant_lesions_are_warned_of(val: int, test: int, few: str, tmp_path: Path) -> None:
    evaluation = Evaluation.read(stored(tmp_path, EVALUATION))
    for split, count in (("val", val), ("test", test)):
        scores = getattr(evaluation, split)
        lesions = scores.lesions.model_copy(update={"malignant": count})
        changed = {split: scores.model_copy(update={"lesions": lesions})}
        evaluation = evaluation.model_copy(update=changed)
    warning = evaluation.warning()
    assert warning.startswith(f"Few malignant lesions ({few})") if few else warning == ""


def test_a_file_of_a_stage_that_has_not_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.json not found: run `dvc repro`$"):
        Evaluation.read(tmp_path / "none.json")


def test_summary_figures_name_what_is_malignant(tmp_path: Path) -> None:
    main = MainFigures(
        roc_auc=0.875, pr_auc=0.5, sensitivity=1.0, specificity=0.5, calibration_error=0.125,
        clinical={"sensitivity_mel": 0.75},
    )  # fmt: skip
    SummaryFigures(threshold=0.25, val=main, test=main, malignant=("bcc", "mel")).write(
        tmp_path / "summary.json"
    )
    content = json.loads((tmp_path / "summary.json").read_text())
    assert content["malignant"] == ["bcc", "mel"]
    assert content["val"]["sensitivity"] == 1.0
