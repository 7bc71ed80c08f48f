"""What docs/team.md promises: a second clone has everything that the first one pushed."""

import os
import re
import sys
from pathlib import Path

import pytest

from tests.commands import ENVIRONMENT, LESION, commit, ran, run

pytestmark = pytest.mark.slow
VERDICT = r"^val +ROC-AUC .*within noise"


def second_clone(first: Path) -> Path:
    target = first.with_name("second")
    run(first.parent, "git", "clone", "-q", str(first), str(target))
    return target


def same_data(first: Path, second: Path, *names: str) -> bool:
    """Tell whether all files of folders in data/ have the same bytes, of which there are some."""
    one, other = (
        {
            path.relative_to(top): path.read_bytes()
            for name in names
            for path in (top / "data" / name).rglob("*")
            if path.is_file()
        }
        for top in (first, second)
    )
    return len(one) > 0 and one == other


def check_nothing_is_left_to_do(clone: Path) -> None:
    assert "up to date" in run(clone, "dvc", "status")
    assert ran(run(clone, "dvc", "repro")) == []
    assert run(clone, "git", "status", "--porcelain") == ""


def compared(clone: Path) -> str:
    """Compare the last two commits, whose networks are equal, and return what is printed."""
    samples = ("--samples", "20")
    return run(clone, sys.executable, "-c", LESION, "compare", "HEAD~1", "HEAD", *samples)


def add_remote(clone: Path, address: str) -> None:
    """Add it for everybody: DVC reads a commit's data from the remotes that this commit names."""
    run(clone, "dvc", "remote", "add", "-d", "storage", address)
    commit(clone, "remote")
    commit(clone, "the same network")


def test_a_clone_with_a_folder_as_remote(copied: Path, tmp_path: Path) -> None:
    add_remote(copied, str(tmp_path / "storage"))
    run(copied, "dvc", "push")
    second = second_clone(copied)
    assert re.search(VERDICT, compared(second), re.MULTILINE)  # which reads the remote
    assert not (second / "data/export").exists()
    run(second, "dvc", "pull")
    assert same_data(copied, second, "raw", "embeddings", "export", "report")
    check_nothing_is_left_to_do(second)


def test_a_clone_with_the_same_cache(copied: Path) -> None:
    second = second_clone(copied)
    run(second, "dvc", "cache", "dir", "--local", str(copied / ".dvc/cache"))
    run(second, "dvc", "checkout")
    assert same_data(copied, second, "raw", "embeddings", "export", "report")
    check_nothing_is_left_to_do(second)


def test_a_clone_with_a_bucket_as_remote(
    copied: Path, s3: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only some stages: one request for each file takes its time."""
    for name, value in os.environ.items():
        if name.startswith("AWS_"):
            monkeypatch.setitem(ENVIRONMENT, name, value)
    add_remote(copied, f"{s3}/dvc")
    stages = ("split", "predict", "export")
    run(copied, "dvc", "push", *stages)
    second = second_clone(copied)
    run(second, "dvc", "pull", *stages)
    assert same_data(copied, second, "split", "predictions", "export")
