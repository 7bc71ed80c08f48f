"""`dvc repro`: all stages, their outputs, and a bundle that others can use."""

import json
import re
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml

from tests.commands import LESION, ROOT, ran, run
from tests.pipeline.conftest import LOG

pytestmark = pytest.mark.slow
STAGES = list(yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"])


def test_every_stage_runs_and_the_closing_lines_are_plain(project: Path) -> None:
    output = (project / LOG).read_text()
    assert ran(output) == STAGES
    closing = re.search(
        r"Built lesion-classifier: efficientnet_lite0, imagenet weights\.\n"
        r"Val:  ROC-AUC (0\.\d{3}|1\.000), PR-AUC (0\.\d{3}|1\.000) "
        r"\(n = \d+ images, \d+ malignant\)\. To choose by\.\n"
        r"Test: ROC-AUC (0\.\d{3}|1\.000), PR-AUC (0\.\d{3}|1\.000) "
        r"\(n = \d+ images, \d+ malignant\)\. For reporting only\.\n",
        output,
    )
    assert closing is not None
    assert "without medical meaning" in output
    assert closing.start() > output.index("Running stage 'report'")


def test_the_report_is_rebuilt_to_the_same_bytes_and_tells_all(copied: Path) -> None:
    report = copied / "data/report/report.html"
    first = report.read_text(encoding="utf-8")
    report.unlink()
    run(copied, "dvc", "repro", "--force", "--single-item", "report")
    assert report.read_text(encoding="utf-8") == first
    assert first.count('<img src="data:image/svg+xml;base64,') >= 12
    assert first.count('<img src="data:image/jpeg;base64,') >= 3
    assert (copied / "params.yaml").read_text().splitlines()[-1] in first


def test_data_are_ignored_by_git_and_no_partial_file_stays(project: Path) -> None:
    """Metrics and plots are tracked."""
    tracked = set(run(project, "git", "ls-files").split())
    assert not {name for name in tracked if name.startswith("data/")}
    assert {"dvc.lock", "metrics/evaluate.json", "plots/evaluate/roc_test.csv"} <= tracked
    assert list(project.rglob("*.partial")) == []


def test_a_second_repro_runs_nothing(copied: Path) -> None:
    output = run(copied, "dvc", "repro")
    assert ran(output) == []
    assert "Data and pipelines are up to date." in output


def test_the_command_predicts_what_the_stage_predicted(project: Path, tmp_path: Path) -> None:
    output = tmp_path / "predictions.csv"
    images = ["--image-dir", "data/raw/images", "--output", str(output)]
    run(project, sys.executable, "-c", LESION, "predict", *images)
    rows = pd.read_csv(output)
    rows.index = pd.Index([Path(name).stem for name in rows["image"]])
    for split in ("val", "test"):
        table = pd.read_csv(project / f"data/predictions/{split}.csv", index_col="image_id")
        mine = rows.loc[table.index, "probability_malignant"]
        assert (mine - table["probability"]).abs().max() < 1e-5


@pytest.mark.parametrize("split", ["val", "test"])
def test_lesion_evaluate_gives_the_figures_of_the_metrics(
    split: str, project: Path, tmp_path: Path
) -> None:
    table, output = f"data/predictions/{split}.csv", tmp_path / "scores.json"
    point = json.loads((project / "metrics/threshold.json").read_text())
    decided = ["--threshold", str(point["threshold"]), "--output", str(output)]
    run(project, sys.executable, "-c", LESION, "evaluate", table, table, *decided)
    found = json.loads(output.read_text())
    metrics = json.loads((project / "metrics/evaluate.json").read_text())
    expected = metrics[split]
    same = [name for name in expected if name in found and name != "lesions"]
    assert len(same) == 15  # six with their intervals, the calibration error, two counts
    assert {name: found[name] for name in same} == {name: expected[name] for name in same}
    assert found["lesions"] == expected["lesions"]
    assert found["resamples"] == metrics["resamples"]
    assert found["lesion_rates"] == point[split].pop("lesions")
    assert found["rates"] == point[split]


def test_another_repository_gets_the_bundle(copied: Path, tmp_path: Path) -> None:
    """By its path, and by name and version once a version is registered."""
    run(tmp_path, "dvc", "get", str(copied), "data/export", "-o", "by_path")
    run(copied, "gto", "register", "lesion-classifier", "--version", "v1.2.3")
    named = ("dvc", "artifacts", "get", str(copied), "lesion-classifier")
    run(tmp_path, *named, "-o", "latest")
    run(tmp_path, *named, "--rev", "v1.2.3", "-o", "v1.2.3")
    exported = {path.name: path.read_bytes() for path in (copied / "data/export").iterdir()}
    assert "bundle.json" in exported
    for name in ("by_path", "latest", "v1.2.3"):
        got = {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}
        assert got == exported
