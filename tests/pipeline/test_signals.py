"""The stage fetch while it draws, given real signals: what is finished is kept."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lesion_pipeline.core.inputs import md5_of
from tests.code_deps import ROOT
from tests.commands import ENVIRONMENT, set_params
from tests.pipeline.conftest import SMALL

pytestmark = pytest.mark.slow

PATIENCE = 120  # seconds
HERE = ENVIRONMENT | {"PYTHONPATH": str(ROOT)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "params.yaml", tmp_path)
    set_params(tmp_path, {"fetch.sample.lesions": SMALL["fetch.sample.lesions"]})
    return tmp_path


def start(folder: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "stages.fetch"], cwd=folder, env=HERE, start_new_session=True,
        text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def images(folder: Path) -> dict[str, int]:
    """Return the time of last change of each image that is finished."""
    return {file.name: file.stat().st_mtime_ns for file in folder.glob("images/*.jpg")}


def stopped(folder: Path, number: int) -> tuple[int, str]:
    """Send a signal to all processes of a run that has drawn five images."""
    with start(folder) as running:
        deadline = time.monotonic() + PATIENCE
        while len(images(folder / "data/raw.partial")) < 5:
            assert running.poll() is None and time.monotonic() < deadline
            time.sleep(0.01)
        os.killpg(running.pid, number)
        printed, _ = running.communicate(timeout=PATIENCE)
    return running.returncode, printed


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)]
)
def test_a_stopped_run_is_quiet_and_its_images_are_kept(
    folder: Path, project: Path, number: int, status: int
) -> None:
    """And the collection is that of a run that wasn't stopped."""
    ended, printed = stopped(folder, number)
    assert ended == status
    assert "Traceback" not in printed and "Process" not in printed
    kept = images(folder / "data/raw.partial")
    assert len(kept) >= 5 and not (folder / "data/raw").exists()
    with start(folder) as again:
        printed, _ = again.communicate(timeout=PATIENCE)
    assert again.returncode == 0, printed
    assert f"{len(kept)} images of an interrupted run are kept" in printed
    finished = images(folder / "data/raw")
    assert {name: finished[name] for name in kept} == kept
    assert list(folder.rglob("*.partial")) == []
    assert md5_of(folder / "data/raw") == md5_of(project / "data/raw")


def test_other_parameters_draw_all_again(folder: Path) -> None:
    stopped(folder, signal.SIGKILL)
    set_params(folder, {"fetch.sample.lesions": 14})
    with start(folder) as again:
        printed, _ = again.communicate(timeout=PATIENCE)
    assert again.returncode == 0 and "are kept" not in printed
