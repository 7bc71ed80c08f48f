"""Ctrl-C while a stage imports its libraries."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.code_deps import ROOT

pytestmark = pytest.mark.slow

SLOW = """
import time
print("importing", flush=True)
time.sleep(60)
"""


def interrupted(folder: Path) -> tuple[int, str]:
    """Stop `python -m stages.slow`, whose import takes a minute; return its status and stderr."""
    (folder / "stages").mkdir()
    shutil.copy(ROOT / "stages/__init__.py", folder / "stages")
    (folder / "stages/slow.py").write_text(SLOW)
    with subprocess.Popen(
        [sys.executable, "-m", "stages.slow"], cwd=folder, text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as stage:  # fmt: skip
        assert stage.stdout is not None and stage.stdout.readline() == "importing\n"
        stage.send_signal(signal.SIGINT)
        try:
            _, complaint = stage.communicate(timeout=2)
        except subprocess.TimeoutExpired:
            stage.kill()
            raise
    return stage.returncode, complaint


def test_ctrl_c_ends_an_import_without_a_traceback(tmp_path: Path) -> None:
    assert interrupted(tmp_path) == (-signal.SIGINT, "")


def test_a_background_job_goes_on(tmp_path: Path) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with pytest.raises(subprocess.TimeoutExpired):
            interrupted(tmp_path)
    finally:
        signal.signal(signal.SIGINT, before)
