"""Reading revisions with the real dvc."""

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.revisions.read import Revision, metrics_diff, params_diff
from tests.commands import run

VAL = Path("data/predictions/val.csv")
THRESHOLD = Path("data/threshold/threshold.json")
SUMMARY = Path("metrics/summary.json")


@pytest.fixture
def here(revisions: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(revisions)
    return revisions


@pytest.fixture
def copied(revisions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy that a test may spoil."""
    shutil.copytree(revisions, tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")
    return tmp_path / "copy"


def test_tags_branches_hashes_and_experiments_are_found(here: Path) -> None:
    commit = run(here, "git", "rev-parse", "weak").strip()
    means = {
        name: Revision.find(name).predictions(VAL)["probability"].std()
        for name in ("weak", commit, commit[:8], "main", "strong", "stronger")
    }
    assert means["weak"] == means[commit] == means[commit[:8]]
    assert means["main"] == means["strong"]
    assert means["weak"] < means["strong"] < means["stronger"]


def test_the_workspace_is_what_lies_there(copied: Path) -> None:
    run(copied, "dvc", "checkout", "-q")
    table = pd.read_csv(VAL).assign(probability=0.25)
    VAL.unlink()
    table.to_csv(VAL, index=False)
    assert set(Revision.find("workspace").predictions(VAL)["probability"]) == {0.25}
    assert Revision.find("main").predictions(VAL)["probability"].nunique() > 100


def test_files_in_git_and_files_of_dvc(here: Path) -> None:
    weak = Revision.find("weak")
    assert json.loads(weak.read(SUMMARY))["test"]["images"] == 400
    threshold, rule = weak.operating_point(THRESHOLD)
    assert threshold == 0.5 and (rule.policy, rule.fixed) == ("fixed", 0.5)


@pytest.mark.parametrize(
    ("content", "policy", "target", "miss"),
    [
        ({"policy": "target_sensitivity", "target": 0.8}, "target_sensitivity", 0.8, 1),
        ({"policy": "cost", "target": {"miss": 5, "false_alarm": 2}}, "cost", 1, 5),
        ({"policy": "youden", "target": None}, "youden", 1, 1),
        ({"policy": "a later one", "target": 0.8}, "fixed", 0.8, 1),
        ({}, "fixed", 1, 1),
    ],
)
def test_the_rule_that_chose_the_threshold_is_read(
    copied: Path, content: dict[str, Any], policy: str, target: float, miss: float
) -> None:
    THRESHOLD.parent.mkdir(parents=True, exist_ok=True)
    THRESHOLD.write_text(json.dumps({"threshold": 0.25, **content}))
    threshold, rule = Revision.find("workspace").operating_point(THRESHOLD)
    assert (threshold, rule.policy, rule.fixed) == (0.25, policy, 0.25)
    assert (rule.target_sensitivity, rule.cost.miss) == (target, miss)


def test_an_unknown_revision_is_refused(here: Path) -> None:
    with pytest.raises(DataError) as error:
        Revision.find("weka")
    assert str(error.value) == (
        "weka: expected a commit, branch, tag, experiment or workspace of a DVC repository: "
        "unknown Git revision 'weka'"
    )


def test_outside_a_repository_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("main", "workspace"):
        with pytest.raises(DataError, match=f"^{name}: expected a commit.* DVC repository"):
            Revision.find(name)


def absent(path: Path, name: str) -> str:
    return f"{path} of revision {name} is in neither git, DVC's cache nor a remote"


@pytest.mark.parametrize("name", ["weak", "workspace"])
def test_data_that_are_gone_are_named(copied: Path, name: str) -> None:
    shutil.rmtree(copied / ".dvc/cache")
    for path in (VAL, THRESHOLD):
        with pytest.raises(DataError) as error:
            Revision.find(name).read(path)
        assert str(error.value) == absent(path, name)


def test_a_file_gone_from_a_cached_folder_is_named(copied: Path) -> None:
    for file in (copied / ".dvc/cache/files/md5").glob("??/*"):
        if file.suffix != ".dir":
            file.chmod(0o600)
            file.unlink()
    with pytest.raises(DataError) as error:
        Revision.find("weak").predictions(VAL)
    assert str(error.value) == absent(VAL, "weak")


def test_a_revision_older_than_the_stage_is_named(here: Path) -> None:
    with pytest.raises(DataError) as error:
        Revision.find("empty").predictions(VAL)
    assert str(error.value) == absent(VAL, "empty")


def test_a_remote_is_asked(copied: Path) -> None:
    run(
        copied,
        "dvc",
        "remote",
        "add",
        "-q",
        "--local",
        "-d",
        "there",
        str(copied.parent / "remote"),
    )
    run(copied, "dvc", "push", "-q", "--all-tags")
    shutil.rmtree(copied / ".dvc/cache")
    assert len(Revision.find("weak").predictions(VAL)) == 400


@pytest.mark.parametrize(
    ("path", "content", "problem"),
    [
        (VAL, "image_id,label,probability\na,1,0.5\n", "missing column lesion_id"),
        (VAL, "", "is no such table: No columns to parse from file"),
        (VAL, "image_id,lesion_id,label,probability\na,b,x,0.5\n", "is no such table: .*'x'"),
        (THRESHOLD, "[0.5]", "expected a JSON object with a number threshold"),
        (THRESHOLD, "{", "expected a JSON object with a number threshold"),
        (THRESHOLD, '{"threshold": null}', "expected a JSON object with a number threshold"),
    ],
)
def test_what_can_not_be_read_is_named(
    copied: Path, path: Path, content: str, problem: str
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    workspace = Revision.find("workspace")
    read = workspace.predictions if path == VAL else workspace.operating_point
    with pytest.raises(DataError, match=f"^{path} of revision workspace:? {problem}"):
        read(path)


def test_parameters_that_differ(here: Path) -> None:
    weak, strong = Revision.find("weak"), Revision.find("strong")
    assert params_diff(weak, strong).to_numpy().tolist() == [["strength", 1.0, 2.0]]
    assert params_diff(weak, weak).empty


def test_metrics_in_the_order_of_their_file(here: Path) -> None:
    weak, strong = Revision.find("weak"), Revision.find("strong")
    assert metrics_diff(weak, strong, SUMMARY).to_numpy().tolist() == [
        ["test.roc_auc", 0.6, 0.7], ["test.images", 400, 400],
    ]  # fmt: skip
    older = metrics_diff(Revision.find("empty"), weak, SUMMARY)
    assert older.to_numpy().tolist() == [["test.roc_auc", None, 0.6], ["test.images", None, 400]]
    assert metrics_diff(weak, strong, Path("metrics/none.json")).empty
