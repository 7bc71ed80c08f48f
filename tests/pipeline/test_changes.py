"""What runs again when a value changes, and how experiments are compared."""

import json
import sys
from pathlib import Path

import pytest

from tests.commands import LESION, ran, run, set_params

pytestmark = pytest.mark.slow


def test_a_threshold_change_runs_only_what_follows(copied: Path) -> None:
    set_params(copied, {"threshold.target_sensitivity": 0.8})
    assert ran(run(copied, "dvc", "repro", "draw")) == [
        "tune_threshold", "summary", "validate", "draw",
    ]  # fmt: skip


def test_a_head_change_does_not_embed_again(copied: Path) -> None:
    set_params(copied, {"train.head.dropout": [0.4, 0.4, 0.2], "train.fine_tune.epochs": 0})
    assert ran(run(copied, "dvc", "repro", "predict")) == ["train", "predict"]


def test_test_time_augmentation_does_not_train_again(copied: Path) -> None:
    set_params(copied, {"predict.tta": 4})
    assert ran(run(copied, "dvc", "repro", "predict")) == ["predict"]


def test_a_colour_of_the_curves_draws_again_and_nothing_else(copied: Path) -> None:
    style = copied / "lesion_pipeline/charts/curves.py"
    style.write_text(style.read_text() + "\n# another colour\n")
    assert ran(run(copied, "dvc", "repro", "--dry")) == ["draw"]


def test_a_new_section_or_path_makes_no_stage_stale(copied: Path) -> None:
    for name in ("paths", "schema"):
        module = copied / f"lesion_pipeline/{name}.py"
        module.write_text(module.read_text() + "\n# one more\n")
    assert ran(run(copied, "dvc", "repro", "--dry")) == []


def test_an_experiment_is_run_and_compared(copied: Path) -> None:
    values = (
        "model.arch=vgg16", "model.weights=random", "train.learning_rate=1e-5", "train.epochs=1",
        "train.fine_tune.epochs=0", "predict.tta=4",
    )  # fmt: skip
    setting = [argument for value in values for argument in ("-S", value)]
    output = run(copied, "dvc", "exp", "run", "--name", "vgg", *setting, "export", "draw")
    assert "fetch" not in ran(output) and "backbone" in ran(output)
    assert "vgg16, weights: random" in output
    assert json.loads((copied / "data/export/bundle.json").read_text())["tta"] == 4
    assert "1e-05" in (copied / "params.yaml").read_text()

    shown = run(copied, "dvc", "exp", "show", "--csv")
    assert {"test.roc_auc", "test.pr_auc", "model.arch"} <= set(shown.splitlines()[0].split(","))
    assert "vgg" in shown
    metrics = json.loads(run(copied, "dvc", "metrics", "diff", "--all", "--json"))
    assert set(metrics) == {"metrics/summary.json"}
    names = ("roc_auc", "pr_auc", "sensitivity", "specificity", "calibration_error")
    main = {name for name in metrics["metrics/summary.json"] if ".clinical." not in name}
    assert main == {
        "threshold", *(f"{split}.{name}" for split in ("val", "test") for name in names)
    }  # fmt: skip
    details = ["--all", "--json", "--targets", "metrics/evaluate.json"]
    assert "test.brier_score" in run(copied, "dvc", "metrics", "diff", *details)
    params = json.loads(run(copied, "dvc", "params", "diff", "--json"))
    assert params["params.yaml"]["model.arch"] == {"old": "efficientnet_lite0", "new": "vgg16"}

    output = run(copied, sys.executable, "-c", LESION, "compare", "HEAD", "vgg")
    assert "vgg compared with HEAD on val (" in output and ": ROC-AUC " in output
    report = ["report", "HEAD", "vgg", "--output", "logs/report"]
    run(copied, sys.executable, "-c", LESION, *report)
    text = (copied / "logs/report/report.md").read_text()
    assert "| model.arch | efficientnet_lite0 | vgg16 |" in text
    assert len(list((copied / "logs/report").glob("*.png"))) == 4
