"""The stage preprocess in parts, by several jobs, killed in the middle: the same bytes."""

import os
import shutil
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest

from lesion_pipeline.shards.task import WORK
from tests.commands import ENVIRONMENT, ROOT, run, set_params

pytestmark = pytest.mark.slow
STAGE = (sys.executable, "-m", "stages.preprocess")
OUTPUT = Path("data/tfrecords")
PATIENCE = 120  # seconds
NO_RAY = "ray isn't installed: pip install -r requirements-ray.txt"
# Shards of three images, enough of them to be in the middle of.
FEW = {"fetch.sample.lesions": 60, "preprocess.images_per_shard": 3}


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the stages before preprocess have run, without DVC."""
    folder = tmp_path_factory.mktemp("before")
    for name in ("lesion_pipeline", "stages", "splits"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "params.yaml", folder)
    set_params(folder, FEW)
    for stage in ("fetch", "split"):
        run(folder, sys.executable, "-m", f"stages.{stage}")
    return folder


@pytest.fixture(scope="module")
def whole(before: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What the stage writes when nothing disturbs it."""
    folder = copy(before, tmp_path_factory.mktemp("whole"))
    run(folder, *STAGE)
    return contents(folder)


def copy(before: Path, target: Path) -> Path:
    return shutil.copytree(before, target, dirs_exist_ok=True)


def contents(folder: Path) -> dict[str, bytes]:
    assert list(folder.rglob("*.partial")) == []
    return {path.name: path.read_bytes() for path in (folder / OUTPUT).iterdir()}


def finished(folder: Path) -> dict[str, int]:
    """Return when each finished shard of an unfinished output was written."""
    notes = (folder / OUTPUT).parent.glob(f"{OUTPUT.name}.*.partial/{WORK}/*.json")
    files = [note.parents[1] / note.stem for note in notes]
    return {file.name: file.stat().st_mtime_ns for file in files}


def kept(folder: Path, times: dict[str, int]) -> bool:
    return times == {name: (folder / OUTPUT / name).stat().st_mtime_ns for name in times}


def kill_in_the_middle(folder: Path, *arguments: str) -> None:
    """Start the stage and kill it with SIGKILL when it has finished a few shards."""
    there = len(finished(folder))
    with subprocess.Popen(
        [*STAGE, *arguments], cwd=folder, env=ENVIRONMENT, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as running:  # fmt: skip
        deadline = time.monotonic() + PATIENCE
        while len(finished(folder)) < there + 4:
            assert running.poll() is None and time.monotonic() < deadline
            time.sleep(0.002)
        os.kill(running.pid, signal.SIGKILL)


def test_a_killed_stage_goes_on_where_it_was(
    before: Path, whole: dict[str, bytes], tmp_path: Path
) -> None:
    folder = copy(before, tmp_path)
    kill_in_the_middle(folder)
    times = finished(folder)
    assert 4 <= len(times) < len(whole) - 2
    run(folder, *STAGE)
    assert contents(folder) == whole
    assert kept(folder, times)


def test_parts_by_several_jobs_one_of_which_is_killed(
    before: Path, whole: dict[str, bytes], tmp_path: Path
) -> None:
    folder = copy(before, tmp_path)
    jobs = [subprocess.Popen([*STAGE, "--shard", f"{n}/3"], cwd=folder) for n in (1, 3)]
    assert [job.wait() for job in jobs] == [0, 0]
    kill_in_the_middle(folder, "--shard", "2/3")
    times = finished(folder)
    assert 2 * (len(whole) - 2) // 3 < len(times) < len(whole) - 2
    assert not (folder / OUTPUT).exists()
    run(folder, *STAGE)
    assert contents(folder) == whole
    assert kept(folder, times)


@pytest.mark.skipif(find_spec("ray") is None, reason=NO_RAY)
def test_ray_makes_the_same_bytes(
    before: Path, whole: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ENVIRONMENT, "LESION_EXECUTOR", "ray")
    folder = copy(before, tmp_path)
    run(folder, *STAGE)
    assert contents(folder) == whole
