"""The figures of val and test."""

import json
import math
from pathlib import Path

import pandas as pd
import pytest

from lesion_pipeline.errors import DataError
from lesion_pipeline.files import read_json, write_figures, write_json
from lesion_pipeline.score.evaluate import EvaluateParams, draw, evaluate

PARAMS = EvaluateParams(threshold=0.5, calibration_bins=2)
VAL = pd.DataFrame(
    {
        "label": [1, 1, 1, 0, 0, 0, 0, 0],
        "probability": [0.875, 0.75, 0.25, 0.5, 0.5, 0.25, 0.125, 0.0],
    }
)
TEST = pd.DataFrame({"label": [0, 1, 0], "probability": [0.25, 0.75, 0.25]})
HISTORY = pd.DataFrame(
    {"epoch": [1, 2], "loss": [0.9, 0.5], "val_roc_auc": [0.6, 0.8], "val_pr_auc": [0.5, 0.7]}
)


def test_figures_worked_by_hand() -> None:
    metrics = evaluate({"val": VAL, "test": TEST}, PARAMS).metrics
    assert list(metrics) == ["val", "test"]
    at_threshold = metrics["val"].pop("at_threshold")
    assert metrics["val"] == pytest.approx(
        {
            "images": 8,
            "malignant": 3,
            "roc_auc": (5 + 5 + 2.5) / 15,  # .25 is above two of five and ties with one
            "pr_auc": (1 / 1 + 2 / 2 + 3 / 6) / 3,
            "brier_score": (2 * 1 / 64 + 2 * 1 / 16 + 9 / 16 + 2 * 1 / 4) / 8,
            "log_loss": -(2 * math.log(7 / 8) + 2 * math.log(3 / 4) + 4 * math.log(1 / 2)) / 8,
        },
        abs=1e-12,
    )
    assert at_threshold == {
        "threshold": 0.5,
        "accuracy": 5 / 8,
        "precision": 2 / 4,
        "recall": 2 / 3,
        "specificity": 3 / 5,
        "f1_score": 4 / 7,
        "tp": 2,
        "tn": 3,
        "fp": 2,
        "fn": 1,
    }


def test_figures_are_plain_json(tmp_path: Path) -> None:
    metrics = evaluate({"val": VAL, "test": TEST}, PARAMS).metrics
    write_json(tmp_path / "evaluate.json", metrics)
    assert read_json(tmp_path / "evaluate.json") == json.loads(json.dumps(metrics)) == metrics


def test_each_split_has_each_curve() -> None:
    evaluation = evaluate({"val": VAL, "test": TEST}, PARAMS)
    names = ("roc", "pr", "calibration", "confusion")
    assert set(evaluation.tables) == {
        f"{name}_{split}" for name in names for split in ("val", "test")
    }
    assert list(evaluation.curves("calibration")) == ["val", "test"]
    assert evaluation.curves("calibration")["test"]["images"].tolist() == [2, 1]


def test_the_summary_has_a_line_a_split() -> None:
    assert str(evaluate({"val": VAL, "test": TEST}, PARAMS)).splitlines() == [
        "val: ROC-AUC 0.8333, PR-AUC 0.8333 (8 images, 3 malignant)",
        "test: ROC-AUC 1.0000, PR-AUC 1.0000 (3 images, 1 malignant)",
    ]


def test_each_picture_can_be_written(tmp_path: Path) -> None:
    figures = draw(evaluate({"val": VAL, "test": TEST}, PARAMS), HISTORY, kept=2)
    write_figures(tmp_path, figures)
    names = ["calibration", "confusion_matrix", "history", "precision_recall", "roc"]
    assert sorted(file.stem for file in tmp_path.iterdir()) == names


def test_the_pictures_show_the_figures() -> None:
    figures = draw(evaluate({"val": VAL, "test": TEST}, PARAMS), HISTORY, kept=2)
    legend = [text.get_text() for text in figures["precision_recall"].axes[0].get_legend().texts]
    assert legend == ["val: PR-AUC 0.833", "test: PR-AUC 1.000", "chance (test): 0.333"]
    counts = [text.get_text() for axes in figures["confusion_matrix"].axes for text in axes.texts]
    assert counts == ["3", "2", "1", "2", "2", "0", "0", "1"]  # tn, fp, fn, tp of val and test


def test_what_can_not_be_scored_is_refused() -> None:
    nothing = TEST.assign(label=0)
    with pytest.raises(DataError, match=r"^expected labels 0 and 1, both, received \[0\]$"):
        evaluate({"val": VAL, "test": nothing}, PARAMS)
