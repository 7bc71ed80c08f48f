"""What README.md tells a user to do after the first `dvc repro`, as it is written there."""

import os
import re
from pathlib import Path

import pytest

from tests.commands import BIN, LESION, ROOT, lock, run

pytestmark = pytest.mark.slow


def commands(heading: str) -> list[str]:
    """Return the lines of the first block of commands below a heading."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(rf"^## {heading}\n.*?^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1].splitlines()


def test_the_last_command_restores_a_file_that_git_takes_for_unchanged(tmp_path: Path) -> None:
    # As DVC leaves params.yaml after an experiment that fails at once.
    names = ("params.yaml", "dvc.lock", "metrics/a.json", "plots/a.csv")
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("a: 1  # before\n")
        os.utime(tmp_path / name, (1e9, 1e9))
    run(tmp_path, "git", "init", "-q")
    run(tmp_path, "git", "config", "core.trustctime", "false")
    run(tmp_path, "git", "add", "-A")
    for name in names:
        (tmp_path / name).write_text("a: 22 # before\n")
        os.utime(tmp_path / name, (1e9, 1e9))
    assert run(tmp_path, "git", "diff") == ""
    restore = commands("What next")[-1].split(" && dvc checkout")[0]
    run(tmp_path, "bash", "-c", restore)
    assert {(tmp_path / name).read_text() for name in names} == {"a: 1  # before\n"}


def test_the_commands_work_in_the_order_printed(copied: Path, tmp_path: Path) -> None:
    script = tmp_path / "bin/lesion"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\nexec {BIN}/python -c "{LESION}" "$@"\n')
    script.chmod(0o755)
    before = lock(copied)
    (copied / "notes.txt").write_text("something to commit\n")
    printed = [
        run(copied, "bash", "-c", f"export PATH={script.parent}:$PATH; {line}")
        for line in commands("What next")
    ]
    baseline, experiment, compared, shown, restored = printed
    assert "baseline" in baseline
    assert "Built lesion-classifier" in experiment
    assert re.search(r"^val +ROC-AUC .*(within noise|better|worse)", compared, re.MULTILINE)
    assert "val.roc_auc" in shown and "val.pr_auc" in shown and "test" not in shown
    assert "label_smoothing" in shown
    assert lock(copied) == before
    assert run(copied, "git", "status", "--porcelain") == ""
    assert "up to date" in run(copied, "dvc", "status"), restored
