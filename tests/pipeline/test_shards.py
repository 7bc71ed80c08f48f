"""The heavy stages in parts, by several jobs, killed in the middle: the same bytes."""

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from lesion_pipeline.shards.task import WORK
from tests.commands import ENVIRONMENT, ROOT, run, set_params

pytestmark = pytest.mark.slow
OUTPUTS = {"preprocess": Path("data/tfrecords"), "embed": Path("data/embeddings")}
PATIENCE = 120  # seconds
NO_RAY = "ray isn't installed: pip install -r requirements-ray.txt"
# Shards of three images, enough of them to be in the middle of.
FEW = {"fetch.sample.lesions": 60, "preprocess.images_per_shard": 3}


@dataclass(frozen=True)
class HeavyStage:
    """A stage that is made of shards, in a folder in which those before it have run, without DVC.

    Attributes:
        name: in stages/.
        before: the folder, of which each test takes a copy.
        whole: what the stage writes when nothing disturbs it, by name.
    """

    name: str
    before: Path
    whole: dict[str, bytes]

    @property
    def command(self) -> tuple[str, ...]:
        return (sys.executable, "-m", f"stages.{self.name}")

    def contents(self, folder: Path) -> dict[str, bytes]:
        assert list(folder.rglob("*.partial")) == []
        return {path.name: path.read_bytes() for path in (folder / OUTPUTS[self.name]).iterdir()}

    def finished(self, folder: Path) -> set[str]:
        """Return the names of the finished shards of an unfinished output."""
        output = folder / OUTPUTS[self.name]
        return {note.stem for note in output.parent.glob(f"{output.name}.*.partial/{WORK}/*.json")}

    def copy(self, target: Path) -> Path:
        return shutil.copytree(self.before, target, dirs_exist_ok=True)

    def kill_in_the_middle(self, folder: Path, *arguments: str) -> None:
        """Start the stage and kill it with SIGKILL when it has finished a few shards."""
        there = len(self.finished(folder))
        with subprocess.Popen(
            [*self.command, *arguments], cwd=folder, env=ENVIRONMENT, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        ) as running:  # fmt: skip
            deadline = time.monotonic() + PATIENCE
            while len(self.finished(folder)) < there + 4:
                assert running.poll() is None and time.monotonic() < deadline
                time.sleep(0.002)
            os.kill(running.pid, signal.SIGKILL)


@pytest.fixture(scope="module", params=OUTPUTS)
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> HeavyStage:
    """Each of the heavy stages."""
    before = tmp_path_factory.mktemp("before")
    for name in ("lesion_pipeline", "stages", "splits"):
        shutil.copytree(ROOT / name, before / name)
    shutil.copy(ROOT / "params.yaml", before)
    set_params(before, FEW)
    earlier = {"preprocess": (), "embed": ("preprocess", "backbone")}
    for name in ("fetch", "split", *earlier[request.param]):
        run(before, sys.executable, "-m", f"stages.{name}")
    undisturbed = HeavyStage(request.param, before, {})
    folder = undisturbed.copy(tmp_path_factory.mktemp("whole"))
    run(folder, *undisturbed.command)
    return replace(undisturbed, whole=undisturbed.contents(folder))


def test_a_killed_stage_goes_on_where_it_was(stage: HeavyStage, tmp_path: Path) -> None:
    folder = stage.copy(tmp_path)
    stage.kill_in_the_middle(folder)
    times = written(folder)
    assert len(times) >= 4
    assert not (folder / OUTPUTS[stage.name]).exists()
    run(folder, *stage.command)
    assert stage.contents(folder) == stage.whole
    if stage.name == "preprocess":  # the pieces of embed are joined
        output = folder / OUTPUTS[stage.name]
        assert times == {name: (output / name).stat().st_mtime_ns for name in times}


def written(folder: Path) -> dict[str, int]:
    """Return when each finished shard was written."""
    notes = folder.glob(f"data/*.partial/{WORK}/*.json")
    files = [note.parents[1] / note.stem for note in notes]
    return {file.name: file.stat().st_mtime_ns for file in files}


def test_parts_by_several_jobs_one_of_which_is_killed(stage: HeavyStage, tmp_path: Path) -> None:
    folder = stage.copy(tmp_path)
    jobs = [subprocess.Popen([*stage.command, "--shard", f"{n}/3"], cwd=folder) for n in (1, 3)]
    assert [job.wait() for job in jobs] == [0, 0]
    others = stage.finished(folder)
    stage.kill_in_the_middle(folder, "--shard", "2/3")
    assert len(stage.finished(folder)) < 1.5 * len(others)
    assert not (folder / OUTPUTS[stage.name]).exists()
    run(folder, *stage.command)
    assert stage.contents(folder) == stage.whole


@pytest.mark.skipif(find_spec("ray") is None, reason=NO_RAY)
def test_ray_makes_the_same_bytes(
    stage: HeavyStage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ENVIRONMENT, "LESION_EXECUTOR", "ray")
    folder = stage.copy(tmp_path)
    run(folder, *stage.command)
    assert stage.contents(folder) == stage.whole
