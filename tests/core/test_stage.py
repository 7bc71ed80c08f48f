"""How a stage ends."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lesion_pipeline.core.errors import DataError, ParamsError
from lesion_pipeline.core.stage import run_stage
from tests.code_deps import ROOT


@pytest.mark.parametrize(
    "error",
    [ParamsError("model.arch: unknown"), DataError("no images"), PermissionError(13, "denied")],
)
def test_what_a_user_can_put_right_ends_with_its_text(error: Exception) -> None:
    def fail() -> None:
        raise error

    with pytest.raises(SystemExit) as ended:
        run_stage(fail)
    assert ended.value.code == f"error: {error}"


def test_too_little_memory_is_told() -> None:
    def fail() -> None:
        raise MemoryError("Unable to allocate 9 GiB")

    with pytest.raises(SystemExit) as ended:
        run_stage(fail)
    assert ended.value.code == "error: not enough memory: Unable to allocate 9 GiB"


def test_a_mistake_of_ours_keeps_its_traceback() -> None:
    def fail() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        run_stage(fail)


def test_a_stage_without_an_error_ends_quietly() -> None:
    done: list[int] = []
    run_stage(lambda: done.append(1))
    assert done == [1]


def test_a_shell_sees_one_line_and_a_status() -> None:
    code = (
        "from lesion_pipeline.core.stage import run_stage\n"
        "from lesion_pipeline.core.errors import DataError\n"
        "def main(): raise DataError('no images')\n"
        "run_stage(main)\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", "error: no images\n")


HERE = os.environ | {"PYTHONPATH": str(ROOT)}
STOPPED = """
import os, signal, time
from pathlib import Path
from lesion_pipeline.core.files import whole_folder
from lesion_pipeline.core.stage import run_stage

def main():
    with whole_folder(Path("out")):
        print("begun", flush=True)
        time.sleep(60)

run_stage(main)
"""


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_stage_puts_away_what_is_half_done(
    number: int, status: int, tmp_path: Path
) -> None:
    shutil.copy(ROOT / "params.yaml", tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", STOPPED], cwd=tmp_path, env=HERE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    ) as stage:  # fmt: skip
        assert stage.stdout is not None and stage.stdout.readline() == "begun\n"
        assert (tmp_path / "out.partial").is_dir()
        stage.send_signal(number)
        _, complaint = stage.communicate(timeout=30)
    assert (stage.returncode, complaint) == (status, "")
    assert [entry.name for entry in tmp_path.iterdir()] == ["params.yaml"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells when a parent dies")
def test_a_stage_ends_with_the_dvc_that_started_it(tmp_path: Path) -> None:
    shutil.copy(ROOT / "params.yaml", tmp_path)
    parent = (
        "import os, subprocess, sys, time\n"
        "under_dvc = os.environ | {'DVC_STAGE': 'x'}\n"
        f"subprocess.Popen([sys.executable, '-c', {STOPPED!r}], env=under_dvc)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", parent], cwd=tmp_path, env=HERE, stdout=subprocess.PIPE, text=True
    ) as dvc:
        assert dvc.stdout is not None and dvc.stdout.readline() == "begun\n"
        dvc.kill()
        assert dvc.stdout.read() == ""  # the stage has closed its end
    assert [entry.name for entry in tmp_path.iterdir()] == ["params.yaml"]
