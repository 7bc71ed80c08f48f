"""A run that is killed and started again."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest

from tests.commands import ENVIRONMENT, lock, ran, run, set_params

pytestmark = pytest.mark.slow
PATIENCE = 600  # seconds for a run to come to where it is stopped


def kill_while_tuning(folder: Path) -> None:
    """Kill `dvc repro` and all that it started once an epoch of fine-tuning is done."""
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


def test_a_killed_run_resumes_with_the_same_command(project: Path, tmp_path: Path) -> None:
    tune = {"train.fine_tune.epochs": 3, "train.fine_tune.layers": 12}
    straight, killed = tmp_path / "straight", tmp_path / "killed"
    for folder in (straight, killed):
        shutil.copytree(project, folder, symlinks=True)
        set_params(folder, tune)
    assert "resuming" not in run(straight, "dvc", "repro")
    kill_while_tuning(killed)
    assert not (killed / "metrics/train.json").exists()
    output = run(killed, "dvc", "repro")
    assert ran(output)[:2] == ["train", "predict"]
    assert re.search(r"resuming after epoch [45], where training was interrupted", output)
    for name in ("metrics/train.json", "plots/train/history.csv"):
        assert (killed / name).read_bytes() == (straight / name).read_bytes()
    assert lock(killed) == lock(straight)
    assert list((killed / "logs/unfinished").iterdir()) == []
