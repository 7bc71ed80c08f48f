"""What `dvc repro` would run, in a real repository of DVC."""

import subprocess
import sys
from pathlib import Path

import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.stage import SECONDS
from lesion_pipeline.revisions.pending import PendingStage, describe, duration, pending_stages

PIPELINE = """
stages:
  first:
    cmd: cp a.txt b.txt
    deps: [a.txt]
    outs: [b.txt]
  second:
    cmd: cp b.txt c.txt
    deps: [b.txt]
    outs: [c.txt]
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    for command in (["git", "init", "-q"], [sys.executable, "-m", "dvc", "init", "-q"]):
        subprocess.run(command, cwd=tmp_path, check=True)
    (tmp_path / "dvc.yaml").write_text(PIPELINE)
    (tmp_path / "a.txt").write_text("1")
    return tmp_path


@pytest.mark.slow
def test_stages_that_would_run_with_the_time_that_they_took(repository: Path) -> None:
    (repository / SECONDS).mkdir(parents=True)
    (repository / SECONDS / "second").write_text("64.2\n")
    assert pending_stages(repository) == [PendingStage("first", None), PendingStage("second", 64.2)]
    subprocess.run([sys.executable, "-m", "dvc", "repro", "-q"], cwd=repository, check=True)
    assert pending_stages(repository) == []
    (repository / "c.txt").unlink()
    assert [stage.name for stage in pending_stages(repository)] == ["second"]
    (repository / "dvc.yaml").write_text("stages: 1")
    with pytest.raises(DataError, match="expected a dictionary, in stages"):
        pending_stages(repository)


def test_the_lines_for_people() -> None:
    stages = [PendingStage("train", 64.2), PendingStage("export", None), PendingStage("draw", 4)]
    assert list(describe(stages)) == [
        "`dvc repro` would run, unless DVC's cache has the outputs:",
        "  train           took 1 min 4 s last time",
        "  export          not run here yet",
        "  draw            took 4 s last time",
        "In all 1 min 8 s, and 1 that haven't run here yet, if they take as long as they last did "
        "here.",
    ]
    assert list(describe([])) == ["`dvc repro` would run nothing: all outputs are up to date."]
    assert list(describe(stages[1:2]))[1:] == ["  export          not run here yet"]


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.2, "1 s"), (59, "59 s"), (125, "2 min 5 s"), (4320, "1 h 12 min")]
)
def test_a_time_in_words(seconds: float, text: str) -> None:
    assert duration(seconds) == text
