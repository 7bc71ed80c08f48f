"""A run that is killed and started again."""

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest

from tests.commands import ENVIRONMENT, clone, lock, ran, run, set_params
from tests.pipeline.conftest import SMALL

pytestmark = pytest.mark.slow
PATIENCE = 600  # seconds for a run to come to where it is stopped


def kill_while_tuning(folder: Path) -> None:
    """Kill `dvc repro` and all that it started once an epoch of fine-tuning is done."""
    with subprocess.Popen(
        ["dvc", "repro", "--no-run-cache"], cwd=folder, env=ENVIRONMENT, start_new_session=True,
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
    """And ends with the bytes of a run that wasn't killed: two runs give the same."""
    killed = clone(tmp_path)
    set_params(killed, SMALL)
    kill_while_tuning(killed)
    assert not (killed / "metrics/train.json").exists()
    output = run(killed, "dvc", "repro", "--no-run-cache")
    assert ran(output)[:2] == ["train", "predict"]
    assert re.search(r"resuming after epoch [45], where training was interrupted", output)
    for name in ("metrics/train.json", "plots/train/history.csv"):
        assert (killed / name).read_bytes() == (project / name).read_bytes()
    assert lock(killed) == lock(project)
    assert list((killed / "logs/unfinished").iterdir()) == []
