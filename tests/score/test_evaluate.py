"""The figures of val and test."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from lesion_pipeline.errors import DataError
from lesion_pipeline.files import read_json, write_figures, write_json
from lesion_pipeline.score.bootstrap import ranking_intervals
from lesion_pipeline.score.evaluate import EvaluateParams, draw, evaluate

PARAMS = EvaluateParams(threshold=0.5, calibration_bins=2, bootstrap_samples=200, seed=1)
VAL = pd.DataFrame(
    {
        "lesion_id": ["a", "a", "b", "c", "c", "d", "e", "f"],
        "label": [1, 1, 1, 0, 0, 0, 0, 0],
        "probability": [0.875, 0.75, 0.25, 0.5, 0.5, 0.25, 0.125, 0.0],
    }
)
TEST = pd.DataFrame(
    {"lesion_id": ["g", "h", "i"], "label": [0, 1, 0], "probability": [0.25, 0.75, 0.25]}
)
HISTORY = pd.DataFrame(
    {"epoch": [1, 2], "loss": [0.9, 0.5], "val_roc_auc": [0.6, 0.8], "val_pr_auc": [0.5, 0.7]}
)


def test_figures_worked_by_hand() -> None:
    metrics = evaluate({"val": VAL, "test": TEST}, PARAMS).metrics
    assert list(metrics) == ["val", "test"]
    at_threshold = metrics["val"].pop("at_threshold")
    del metrics["val"]["roc_auc_interval"], metrics["val"]["pr_auc_interval"]
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


def test_the_intervals_are_those_of_the_lesions() -> None:
    figures = evaluate({"val": VAL, "test": TEST}, PARAMS).metrics
    columns = [VAL[name].to_numpy() for name in ("label", "probability", "lesion_id")]
    expected = ranking_intervals(*columns, samples=PARAMS.bootstrap_samples, seed=PARAMS.seed)
    for name, interval in expected.items():
        assert figures["val"][f"{name}_interval"] == interval
        assert interval[0] < figures["val"][name] < interval[1]
        assert figures["test"][f"{name}_interval"] == [1.0, 1.0]


@pytest.mark.parametrize("change", [{"seed": 2}, {"bootstrap_samples": 201}])
def test_seed_and_number_of_resamples_have_a_say(change: dict[str, int]) -> None:
    noise = np.random.default_rng(1).random(60)
    val = pd.DataFrame(
        {"lesion_id": np.arange(60), "label": np.arange(60) % 2, "probability": noise}
    )
    one, other = (
        evaluate({"val": val}, params).metrics["val"]["roc_auc_interval"]
        for params in (PARAMS, PARAMS.model_copy(update=change))
    )
    assert one != other
    assert one == pytest.approx(other, abs=0.1)


def test_no_resamples_at_all_are_refused() -> None:
    values = PARAMS.model_dump() | {"bootstrap_samples": 0}
    with pytest.raises(ValidationError, match="bootstrap_samples"):
        EvaluateParams(**values)


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
    evaluation = evaluate({"val": VAL, "test": TEST}, PARAMS)
    evaluation.metrics["val"] |= {"roc_auc_interval": [0.5, 1], "pr_auc_interval": [0.25, 0.96875]}
    assert str(evaluation).splitlines() == [
        "val: ROC-AUC 0.8333 [95 %: 0.500 to 1.000], "
        "PR-AUC 0.8333 [95 %: 0.250 to 0.969] (8 images, 3 malignant)",
        "test: ROC-AUC 1.0000 [95 %: 1.000 to 1.000], "
        "PR-AUC 1.0000 [95 %: 1.000 to 1.000] (3 images, 1 malignant)",
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
