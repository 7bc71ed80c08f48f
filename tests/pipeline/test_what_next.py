"""What README.md tells a user to do after the first `dvc repro`, as it is written there."""

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
