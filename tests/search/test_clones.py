"""Clones of a small repository with a real DVC pipeline (fixture revisions)."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.search.clones import Snapshot, run_dvc_until_unlocked, set_params
from tests.commands import run

pytestmark = pytest.mark.slow
PIPELINE = """
stages: {make: {cmd: cp params.yaml out, deps: [input], params: [value], outs: [out]}}
"""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pipeline of one stage that has run."""
    folder = tmp_path / "repository"
    folder.mkdir()
    run(folder, "git", "init", "-q", "-b", "main")
    run(folder, "git", "config", "user.name", "test")
    run(folder, "git", "config", "user.email", "test@example.org")
    run(folder, "dvc", "init", "-q")
    (folder / "dvc.yaml").write_text(PIPELINE)
    (folder / "input").touch()
    (folder / "params.yaml").write_text("value: 1\n")
    run(folder, "dvc", "repro", "-q")
    run(folder, "git", "add", "-A")
    run(folder, "git", "commit", "-qm", "start")
    monkeypatch.chdir(folder)
    return folder


def test_a_clone_has_the_tracked_files_as_they_are_and_the_cache(
    repository: Path, tmp_path: Path
) -> None:
    (repository / "params.yaml").write_text("value: 2\n")
    (repository / "downloads").mkdir()
    before = run(repository, "git", "status", "--short")
    target = tmp_path / "clone"
    Snapshot.take().clone(target, Path("downloads"))
    assert (target / "params.yaml").read_text() == "value: 2\n"
    assert (target / "downloads").resolve() == repository / "downloads"
    assert run(repository, "git", "status", "--short") == before
    set_params(target, {"value": 1})
    said = run_dvc_until_unlocked(target, "repro")
    assert "Running" not in said
    assert yaml.safe_load((target / "out").read_text()) == {"value": 1}


def test_a_clone_replaces_one_that_is_there(repository: Path, tmp_path: Path) -> None:
    target = tmp_path / "clone"
    target.mkdir()
    (target / "left").touch()
    Snapshot.take().clone(target, Path("downloads"))
    assert not (target / "left").exists() and (target / "dvc.yaml").exists()


def test_a_stage_that_fails_is_told(repository: Path) -> None:
    (repository / "dvc.yaml").write_text(PIPELINE.replace("cp params.yaml out", "nonsense"))
    with pytest.raises(DataError, match="`dvc repro` failed in"):
        run_dvc_until_unlocked(repository, "repro")


def test_dvc_waits_for_a_lock(repository: Path) -> None:
    (repository / "dvc.yaml").write_text(
        PIPELINE.replace("cp params.yaml out", "sleep 4 && cp params.yaml out")
    )
    with subprocess.Popen([sys.executable, "-m", "dvc", "repro"], cwd=repository):
        lock = repository / ".dvc/tmp/rwlock"
        while not lock.exists() or "out" not in lock.read_text():
            time.sleep(0.05)
        assert run_dvc_until_unlocked(repository, "repro")
