"""Rebuilding a revision, with the real dvc and git."""

import json
import shutil
from pathlib import Path

import pytest

from lesion_pipeline.cli import main
from lesion_pipeline.core.errors import DataError
from lesion_pipeline.revisions.lock import LocalCache, read_lock
from lesion_pipeline.revisions.rebuild import (
    RebuildPaths,
    ScoreChange,
    environment,
    processor,
    verify_revision,
)
from tests.commands import commit, run

pytestmark = pytest.mark.slow

PATHS = RebuildPaths(summary=Path("metrics/summary.json"), downloads=Path("data/downloads"))


@pytest.fixture
def copied(revisions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the small repository that a test may spoil; the test stands in it."""
    shutil.copytree(revisions, tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")
    return tmp_path / "copy"


def reads_outside(copied: Path, old: str, new: str) -> Path:
    """Let the pipeline's script read a number from a file that it doesn't declare.

    That stands for whatever makes another machine compute other bytes.
    """
    outside = copied.parent / "outside"
    text = (copied / "make.py").read_text()
    assert old in text
    changed = text.replace(old, new)
    read = f"OUTSIDE = float(open({str(outside)!r}).read())\n"
    (copied / "make.py").write_text(f"{read}{changed}")
    return outside


def test_a_revision_rebuilds_to_the_same_bytes(copied: Path) -> None:
    before = sorted(copied.rglob("*"))
    found = verify_revision("weak", PATHS, build=True)
    assert found.same and found.first is None and found.changes == []
    assert "Rebuilt: the same bytes, all 4 outputs." in found.text()
    assert sorted(copied.rglob("*")) == before  # the repository is left alone


def test_an_experiment_can_be_rebuilt(copied: Path) -> None:
    assert verify_revision("stronger", PATHS, build=True).same


def test_a_shared_cache_is_not_taken_for_what_was_rebuilt(copied: Path) -> None:
    outside = reads_outside(copied, "0.5 + strength / 10", "OUTSIDE")
    run(copied, "dvc", "config", "cache.dir", str(copied.parent / "shared"))
    outside.write_text("0.9")
    run(copied, "dvc", "repro", "-q")
    commit(copied, "reads what it doesn't declare")
    outside.write_text("0.8")
    found = verify_revision("HEAD", PATHS, build=True)
    assert [change.within for change in found.changes] == [False]
    assert "(-0.1000, NOT within the tolerance of 0.02)" in found.text()


def test_other_bytes_are_named_with_stage_file_and_scores(copied: Path) -> None:
    outside = reads_outside(copied, "0.5 + strength / 10", "OUTSIDE")
    outside.write_text("0.9")
    run(copied, "dvc", "repro", "-q")
    commit(copied, "reads what it doesn't declare")
    outside.write_text("0.885")
    found = verify_revision("HEAD", PATHS, build=True)
    assert not found.same and found.first == "make"
    assert found.differing == ["make: metrics/summary.json"]
    assert [str(change) for change in found.changes] == [
        "test.roc_auc: 0.9000 -> 0.8850 (-0.0150, within the tolerance of 0.02)"
    ]
    assert "Rebuilt: other bytes from stage make on:" in found.text()
    assert "This machine: " in found.text()


def test_files_of_a_folder_that_differ_are_named(copied: Path) -> None:
    outside = reads_outside(copied, "default_rng(seed)", "default_rng(seed + int(OUTSIDE))")
    outside.write_text("0")
    run(copied, "dvc", "repro", "-q")
    commit(copied, "reads what it doesn't declare")
    outside.write_text("5")
    found = verify_revision("HEAD", PATHS, build=True)
    assert found.differing == ["make: data/predictions: test.csv, val.csv"]
    assert found.changes == [] and "The headline scores are the same." in found.text()


def test_without_a_build_code_and_cache_are_compared_with_the_lock(copied: Path) -> None:
    found = verify_revision("weak", PATHS, build=False)
    assert found.same
    assert "All 4 outputs in git and in the cache have the hash of dvc.lock." in found.text()


def test_a_turned_bit_in_the_cache_is_found(copied: Path) -> None:
    cache = LocalCache(copied)
    output = read_lock(run(copied, "git", "show", "weak:dvc.lock"))["data/predictions"]
    file = cache.place((cache.files(output.md5) or {})["val.csv"])
    file.chmod(0o644)
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    found = verify_revision("weak", PATHS, build=False)
    assert found.damage == [f"data/predictions/val.csv is damaged in the cache ({file})"]
    assert not found.same and "delete what is damaged" in found.text()


def test_a_metric_that_was_edited_is_found(copied: Path) -> None:
    file = copied / "metrics/summary.json"
    file.write_text(json.dumps({"test": {"roc_auc": 0.99, "images": 400}}))
    commit(copied, "a better score")
    found = verify_revision("HEAD", PATHS, build=False)
    assert found.damage == ["metrics/summary.json in git is not that of dvc.lock"]


def test_a_stale_lock_is_named(copied: Path) -> None:
    (copied / "params.yaml").write_text("strength: 1.5\n")
    commit(copied, "parameters without a run")
    found = verify_revision("HEAD", PATHS, build=False)
    assert found.stale == ["make"] and not found.same
    assert "doesn't fit its code or parameters" in found.text()


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("nowhere", "^nowhere: expected a commit, branch, tag"),
        ("empty", r"no dvc\.lock"),
        ("workspace", "^workspace: expected a revision that is committed$"),
    ],
)
def test_what_can_not_be_verified_is_refused(copied: Path, name: str, why: str) -> None:
    with pytest.raises(DataError, match=why):
        verify_revision(name, PATHS, build=False)


@pytest.mark.parametrize(
    ("after", "within"), [(0.92, True), (0.90, True), (0.94, True), (0.899, False), (0.9401, False)]
)
def test_a_score_may_move_by_its_tolerance(after: float, within: bool) -> None:
    assert ScoreChange("test.roc_auc", 0.92, after, 0.02).within is within


def test_packages_that_are_not_those_pinned_are_named(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("# text\n-e .\nnumpy==1.0.0\nnot-installed==1\n")
    lines = environment(tmp_path)
    assert lines[0].startswith("This machine: ") and processor() in lines[0]
    assert len(lines) == 2 and "numpy " in lines[1] and "(1.0.0)" in lines[1]


def test_the_command_prints_what_it_found(copied: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "weak"]) == 0
    printed = capfd.readouterr()
    assert "Rebuilt: the same bytes, all 4 outputs." in printed.out
    assert "Running stage 'make'" in printed.err
    assert main(["verify", "nowhere", "--fast"]) == 2
    assert capfd.readouterr().err.startswith("error: nowhere: expected a commit, branch, tag")
