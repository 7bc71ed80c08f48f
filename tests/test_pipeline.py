"""The real dvc in a real repository, as a user drives it."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from tests.code_deps import ROOT

BIN = Path(sys.executable).parent  # not resolved: a virtual environment's python is a link
STAGES = list(yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"])
SMALL = {
    "fetch.sample.lesions": 60,
    "preprocess.image_size": 64,
    "embed.views": 1,
    "train.epochs": 3,
    "explain.examples": 1,
}


ENVIRONMENT = os.environ | {
    "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
    "DVC_NO_ANALYTICS": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
}
PATIENCE = 600  # seconds for a run to come to where it is stopped


def run(folder: Path, *command: str, status: int = 0) -> str:
    """Run a program of the environment under test; gives what it printed."""
    done = subprocess.run(
        command, cwd=folder, env=ENVIRONMENT, text=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert done.returncode == status, done.stdout
    return done.stdout


def clone(target: Path) -> Path:
    """Put what git tracks (and would track) into a new repository with one commit."""
    listed = run(ROOT, "git", "ls-files", "--cached", "--others", "--exclude-standard")
    for name in listed.splitlines():
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    run(target, "git", "init", "-q", "-b", "main")
    run(target, "git", "config", "user.name", "test")
    run(target, "git", "config", "user.email", "test@example.org")
    commit(target, "start")
    return target


def commit(folder: Path, message: str) -> None:
    run(folder, "git", "add", "-A")
    run(folder, "git", "commit", "-q", "--allow-empty", "-m", message)


def set_params(folder: Path, values: dict[str, object]) -> None:
    path = folder / "params.yaml"
    tree = yaml.safe_load(path.read_text())
    for name, value in values.items():
        *parents, key = name.split(".")
        section = tree
        for parent in parents:
            section = section[parent]
        section[key] = value
    path.write_text(yaml.safe_dump(tree, sort_keys=False))


def ran(output: str) -> list[str]:
    return re.findall(r"Running stage '(\w+)'", output)


def lock(folder: Path) -> dict[str, object]:
    return yaml.safe_load((folder / "dvc.lock").read_text())


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository in which the whole pipeline has run, and what that printed in first.log."""
    folder = clone(tmp_path_factory.mktemp("project"))
    set_params(folder, SMALL)
    output = run(folder, "dvc", "repro", "--no-run-cache")
    (folder / "first.log").write_text(output)
    (folder / ".git/info/exclude").write_text("first.log\n")
    commit(folder, "small")
    return folder


def test_dvc_lock_is_fresh_in_a_clean_clone(tmp_path: Path) -> None:
    output = run(clone(tmp_path), "dvc", "repro", "--allow-missing", "--dry")
    assert ran(output) == [], "dvc.lock is stale: run `dvc repro` and commit dvc.lock"


def test_the_page_of_plots_needs_no_network_and_shows_both_revisions(tmp_path: Path) -> None:
    folder = clone(tmp_path)
    curve = folder / "plots/evaluate/roc_val.csv"
    curve.write_text("false_positive_rate,true_positive_rate\n0.0,0.0\n0.12345,0.98765\n")
    page = run(folder, "dvc", "plots", "diff", "HEAD").strip().removeprefix("file://")
    html = Path(page).read_text()
    assert not re.search(r"<(script|link|iframe)[^>]*\s(src|href)=", html)
    assert not re.search(r"\{(scripts|plot_divs|refresh_tag)\}", html)
    assert all(f"/* {name}@" in html for name in ("vega", "vega-lite", "vega-embed"))
    spec = json.loads(re.search(r"var spec = (.*\"ROC curve, val\".*);", html)[1])
    revisions = {point["rev"] for point in spec["data"]["values"]}
    assert revisions == {"HEAD", "workspace"}
    assert "0.98765" in {point["true_positive_rate"] for point in spec["data"]["values"]}
    curves = [layer["encoding"] for layer in spec["layer"] if "color" in layer.get("encoding", {})]
    assert set(curves[0]["color"]["scale"]["domain"]) == revisions
    for kind in ("ROC curve", "Precision-recall curve", "Calibration", "Confusion matrix"):
        assert all(f'"{kind}, {part}"' in html for part in ("val", "test"))


@pytest.mark.slow
def test_every_stage_runs_and_the_last_word_is_plain(project: Path) -> None:
    output = (project / "first.log").read_text()
    assert ran(output) == STAGES
    assert re.search(
        r"Built lesion-classifier: efficientnet_lite0, imagenet weights\.\n"
        r"Test: ROC-AUC 0?\.\d+|1\.0+, PR-AUC [01]\.\d{3} \(n = \d+ images, \d+ malignant\)\.",
        output,
    )
    assert "without medical meaning" in output
    assert output.index("Built lesion-classifier") > output.index("Running stage 'export'")


@pytest.mark.slow
def test_nothing_of_git_is_left_over(project: Path) -> None:
    """Data are ignored, metrics and plots are tracked, and no partial file stays."""
    tracked = set(run(project, "git", "ls-files").split())
    assert not {name for name in tracked if name.startswith("data/")}
    assert {"dvc.lock", "metrics/evaluate.json", "plots/evaluate/roc_test.csv"} <= tracked
    assert list(project.rglob("*.partial")) == []


@pytest.mark.slow
def test_a_second_repro_runs_nothing(project: Path) -> None:
    output = run(project, "dvc", "repro")
    assert ran(output) == []
    assert "Data and pipelines are up to date." in output


@pytest.mark.slow
def test_the_command_says_what_the_stage_predict_said(project: Path) -> None:
    code = "from lesion_pipeline.cli import main; raise SystemExit(main())"
    output = project / "data/said.csv"
    images = ["--image-dir", "data/raw/images", "--output", str(output)]
    run(project, sys.executable, "-c", code, "predict", *images)
    said = pd.read_csv(output)
    said.index = [Path(name).stem for name in said["image"]]
    output.unlink()
    for split in ("val", "test"):
        table = pd.read_csv(project / f"data/predictions/{split}.csv", index_col="image_id")
        mine = said.loc[table.index, "probability_malignant"]
        assert (mine - table["probability"]).abs().max() < 1e-5


@pytest.mark.slow
def test_another_repository_gets_the_bundle(project: Path, tmp_path: Path) -> None:
    """By its path, and by name and version once a version is registered."""
    run(tmp_path, "dvc", "get", str(project), "data/export", "-o", "by_path")
    run(project, "gto", "register", "lesion-classifier", "--version", "v1.2.3")
    named = ("dvc", "artifacts", "get", str(project), "lesion-classifier")
    run(tmp_path, *named, "-o", "latest")
    run(tmp_path, *named, "--rev", "v1.2.3", "-o", "v1.2.3")
    exported = {path.name: path.read_bytes() for path in (project / "data/export").iterdir()}
    for name in ("by_path", "latest", "v1.2.3"):
        got = {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}
        assert got == exported


def test_the_artifact_that_dvc_yaml_declares_is_what_export_writes() -> None:
    entry = yaml.safe_load((ROOT / "dvc.yaml").read_text())
    (artifact,) = entry["artifacts"].values()
    assert [artifact["path"]] == entry["stages"]["export"]["outs"]
    assert artifact["type"] == "model" and "not for clinical use" in artifact["desc"]


@pytest.mark.slow
def test_two_clean_runs_give_the_same_lock(project: Path, tmp_path: Path) -> None:
    other = clone(tmp_path)
    set_params(other, SMALL)
    run(other, "dvc", "repro")
    assert lock(other) == lock(project)


def kill_while_tuning(folder: Path) -> None:
    """Kill `dvc repro` and all it has started once an epoch of fine-tuning is behind it."""
    with subprocess.Popen(
        ["dvc", "repro"], cwd=folder, env=ENVIRONMENT, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as running:  # fmt: skip
        deadline = time.monotonic() + PATIENCE
        while not is_tuning(folder):
            assert running.poll() is None and time.monotonic() < deadline
            time.sleep(0.02)
        os.killpg(running.pid, signal.SIGKILL)


def is_tuning(folder: Path) -> bool:
    for file in (folder / "logs/unfinished").glob("*/state.npz"):
        with np.load(file) as arrays:
            facts = json.loads(arrays["facts"].tobytes())
            return facts["phase"] == 1 and facts["epoch"] >= 1
    return False


@pytest.mark.slow
def test_a_killed_run_goes_on_with_the_same_command(project: Path, tmp_path: Path) -> None:
    tune = {"train.fine_tune.epochs": 3, "train.fine_tune.layers": 12}
    straight, killed = tmp_path / "straight", tmp_path / "killed"
    for folder in (straight, killed):
        shutil.copytree(project, folder)
        set_params(folder, tune)
    assert "going on" not in run(straight, "dvc", "repro")
    kill_while_tuning(killed)
    assert not (killed / "metrics/train.json").exists()
    output = run(killed, "dvc", "repro")
    assert ran(output)[:2] == ["train", "predict"]
    assert re.search(r"going on after epoch [45], where training was interrupted", output)
    for name in ("metrics/train.json", "plots/train/history.csv"):
        assert (killed / name).read_bytes() == (straight / name).read_bytes()
    assert lock(killed) == lock(straight)
    assert list((killed / "logs/unfinished").iterdir()) == []


@pytest.mark.slow
def test_a_split_that_a_user_gives_is_watched(project: Path, tmp_path: Path) -> None:
    folder = tmp_path / "given"
    shutil.copytree(project, folder)
    written, mine = folder / "data/split/labels_binary_split.csv", folder / "splits/mine.csv"
    shutil.copy(written, mine)
    before = written.read_bytes()
    setting = ["-S", "split.strategy=file", "-S", "split.file=splits/mine.csv"]
    assert ran(run(folder, "dvc", "exp", "run", *setting, "split")) == ["split"]
    assert written.read_bytes() == before
    table = pd.read_csv(mine, dtype=str)
    lesion = table.loc[table["split"] == "train", "lesion_id"].iloc[0]
    table.loc[table["lesion_id"] == lesion, "split"] = "test"
    table.to_csv(mine, index=False)
    assert ran(run(folder, "dvc", "repro", "split")) == ["split"]
    assert written.read_bytes() != before
    assert ran(run(folder, "dvc", "repro", "split")) == []


@pytest.mark.slow
def test_what_is_malignant_reaches_every_stage(project: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mapped"
    shutil.copytree(project, folder)
    set_params(folder, {"fetch.malignant": ["nv", "mel"]})
    run(folder, "dvc", "repro")
    for path in (folder / "metrics").glob("*.json"):
        assert json.loads(path.read_text())["malignant"] == ["mel", "nv"], path
    bundle = json.loads((folder / "data/export/bundle.json").read_text())
    assert bundle["malignant"] == ["mel", "nv"]
    table = pd.read_csv(folder / "data/predictions/test.csv")
    assert (table["label"] == table["dx"].isin(["mel", "nv"])).all()
    np.testing.assert_allclose(table["probability"], table["mel"] + table["nv"], rtol=1e-12)
    code = "from lesion_pipeline.cli import main; raise SystemExit(main())"
    image = f"data/raw/images/{table.loc[0, 'image_id']}.jpg"
    run(folder, sys.executable, "-c", code, "predict", image, "--output", "said.csv")
    said = pd.read_csv(folder / "said.csv").loc[0, "probability_malignant"]
    assert said == pytest.approx(table.loc[0, "probability"], abs=1e-5)


@pytest.mark.slow
def test_folds_are_experiments(project: Path, tmp_path: Path) -> None:
    folder = tmp_path / "folds"
    shutil.copytree(project, folder)
    tests = []
    for fold in (1, 2):
        setting = ["-S", "split.strategy=kfold", "-S", f"split.fold={fold}"]
        run(folder, "dvc", "exp", "run", *setting, "split")
        used = folder / "data/split/labels_binary_split.csv"
        assert used.read_bytes() == (folder / f"data/split/fold-{fold}.csv").read_bytes()
        table = pd.read_csv(used)
        tests.append(set(table.loc[table["split"] == "test", "image_id"]))
    assert tests[0] and not tests[0] & tests[1]
    assert len(list((folder / "data/split").glob("fold-*.csv"))) == 5


@pytest.mark.slow
def test_a_threshold_change_runs_only_what_follows(project: Path) -> None:
    set_params(project, {"threshold.target_sensitivity": 0.8})
    assert ran(run(project, "dvc", "repro")) == [
        "tune_threshold",
        "summary",
        "explain",
        "export",
    ]


@pytest.mark.slow
def test_a_head_change_does_not_embed_again(project: Path) -> None:
    set_params(project, {"train.head.dropout": [0.4, 0.4, 0.2]})
    output = ran(run(project, "dvc", "repro"))
    assert output[:2] == ["train", "predict"] and "embed" not in output


@pytest.mark.slow
def test_an_experiment_is_run_and_compared(project: Path) -> None:
    run(project, "git", "checkout", "-q", ".")
    run(project, "dvc", "checkout")
    setting = ["-S", "model.arch=vgg16", "-S", "train.learning_rate=1e-5"]
    output = run(project, "dvc", "exp", "run", "--name", "vgg", *setting)
    assert "fetch" not in ran(output) and "backbone" in ran(output)
    assert "vgg16, weights: random" in output
    assert "1e-05" in (project / "params.yaml").read_text()

    shown = run(project, "dvc", "exp", "show", "--csv")
    assert {"test.roc_auc", "test.pr_auc", "model.arch"} <= set(shown.splitlines()[0].split(","))
    assert "vgg" in shown
    figures = json.loads(run(project, "dvc", "metrics", "diff", "--all", "--json"))
    assert set(figures) == {"metrics/summary.json"}
    names = ("roc_auc", "pr_auc", "sensitivity", "specificity", "calibration_error")
    assert set(figures["metrics/summary.json"]) == {
        "threshold", *(f"{split}.{name}" for split in ("val", "test") for name in names)
    }  # fmt: skip
    details = ["--all", "--json", "--targets", "metrics/evaluate.json"]
    assert "test.brier_score" in run(project, "dvc", "metrics", "diff", *details)
    params = json.loads(run(project, "dvc", "params", "diff", "--json"))
    assert params["params.yaml"]["model.arch"] == {"old": "efficientnet_lite0", "new": "vgg16"}

    code = "from lesion_pipeline.cli import main; raise SystemExit(main())"
    output = run(project, sys.executable, "-c", code, "compare", "HEAD", "vgg")
    assert "vgg is, against HEAD: ROC-AUC " in output
    run(project, sys.executable, "-c", code, "report", "HEAD", "vgg", "--output", "logs/report")
    report = (project / "logs/report/report.md").read_text()
    assert "| model.arch | efficientnet_lite0 | vgg16 |" in report
    assert len(list((project / "logs/report").glob("*.png"))) == 4
