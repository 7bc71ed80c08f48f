"""A training that was interrupted ends as if nothing had happened."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lesion_pipeline.features.params import Cut
from lesion_pipeline.features.store import EmbeddingStore
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.training import checkpoint
from lesion_pipeline.training.checkpoint import Checkpoint
from tests import tiny
from tests.code_deps import ROOT
from tests.training.runs import (
    Interrupting,
    PlugPulledError,
    Recording,
    Run,
    run,
    small_plan,
    tuning_plan,
    unfinished,
)

pytestmark = pytest.mark.usefixtures("without_xla")
PATIENCE = 300  # seconds until a process must have come to its pause


def process(
    records: Records, embeddings: EmbeddingStore, folder: Path, mode: str
) -> subprocess.Popen[str]:
    """Train in a process of its own."""
    places = [str(path) for path in (records.folder, embeddings.folder, folder)]
    command = [sys.executable, "-m", "tests.training.runs", *places, mode]
    return subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE)


def compare(found: Run, wanted: Run) -> None:
    pd.testing.assert_frame_equal(found.history, wanted.history, check_exact=True)
    assert found.network.manifest == wanted.network.manifest
    weights = (one.network.model.get_weights() for one in (found, wanted))
    for one, other in zip(*weights, strict=True):
        assert one.tobytes() == other.tobytes()


def recording(folder: Path) -> Recording:
    return Recording(folder / "unfinished/state")


@pytest.fixture(scope="module")
def straight(
    without_xla: None,
    records: Records,
    small_embeddings: EmbeddingStore,
    tmp_path_factory: pytest.TempPathFactory,
) -> Run:
    """A head and a fine-tuning without an interruption; each of its states is kept."""
    folder = tmp_path_factory.mktemp("straight")
    return run(tuning_plan(records, small_embeddings), folder, recording(folder))


@pytest.mark.slow
def test_a_killed_training_resumes(
    records: Records, small_embeddings: EmbeddingStore, straight: Run, tmp_path: Path
) -> None:
    with process(records, small_embeddings, tmp_path, "pause") as running:
        deadline = time.monotonic() + PATIENCE
        while not (tmp_path / "paused").exists():
            assert running.poll() is None and time.monotonic() < deadline
            time.sleep(0.1)
        running.kill()
        assert "resuming" not in running.communicate()[0]
    assert running.returncode == -signal.SIGKILL and not (tmp_path / "history.csv").exists()
    assert len(unfinished(tmp_path)) == 1
    with process(records, small_embeddings, tmp_path, "finish") as running:
        output = running.communicate()[0]
    assert running.returncode == 0
    assert "resuming after epoch 3, where training was interrupted" in output
    assert "head 1/2" not in output and "fine_tune 1/4" not in output
    straight.history.to_csv(tmp_path / "wanted.csv", index=False)
    assert (tmp_path / "history.csv").read_bytes() == (tmp_path / "wanted.csv").read_bytes()
    wanted = straight.network.model.get_weights()
    with np.load(tmp_path / "weights.npz") as found:
        assert len(found.files) == len(wanted)
        for name, weight in zip(found.files, wanted, strict=True):
            assert found[name].tobytes() == weight.tobytes()
    assert unfinished(tmp_path) == []


@pytest.mark.slow
@pytest.mark.parametrize("place", [(1, 0), (1, 3), (2, 0)], ids=str)
def test_a_break_anywhere_changes_nothing(
    records: Records, small_embeddings: EmbeddingStore, straight: Run, tmp_path: Path,
    place: tuple[int, int],
) -> None:  # fmt: skip
    left = recording(straight.folder).at(place)
    compare(run(tuning_plan(records, small_embeddings), tmp_path, left), straight)
    assert straight.history["phase"].tolist() == ["head"] * 2 + ["fine_tune"] * 4


@pytest.mark.slow
@pytest.mark.parametrize(("cut", "phase"), [("input", "whole"), (2, "after_cut")])
def test_a_break_in_the_first_phase_changes_nothing(
    records: Records, tmp_path: Path, cut: Cut, phase: str
) -> None:
    backbone = tiny.make_small_backbone()
    embeddings = tiny.make_embeddings(backbone, records, tmp_path / "embeddings", cut)
    plans = [small_plan(records, embeddings, epochs=4, patience=3) for _ in range(2)]
    wanted = run(plans[0], tmp_path / "straight", recording(tmp_path))
    compare(run(plans[1], tmp_path / "resumed", recording(tmp_path).at((0, 2))), wanted)
    assert set(wanted.history["phase"]) == {phase} and len(wanted.history) >= 3


@pytest.mark.slow
@pytest.mark.parametrize("epoch", [1, 3])
def test_a_break_in_the_head_changes_nothing(
    records: Records, small_embeddings: EmbeddingStore, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], epoch: int,
) -> None:  # fmt: skip
    wanted = run(small_plan(records, small_embeddings, epochs=4), tmp_path / "straight")
    monkeypatch.setattr(checkpoint, "SECONDS", 0)
    monkeypatch.setattr(checkpoint, "SHARE", 1e9)
    left = tmp_path / "unfinished/state"
    with pytest.raises(PlugPulledError):
        plan = small_plan(records, small_embeddings, epochs=4)
        run(plan, tmp_path / "broken", Interrupting(left, (0, epoch)))
    capsys.readouterr()
    plan = small_plan(records, small_embeddings, epochs=4)
    compare(run(plan, tmp_path / "resumed", Checkpoint(left)), wanted)
    output = capsys.readouterr().out
    assert f"resuming after epoch {epoch}, where" in output
    assert f"head {epoch}/4" not in output and f"head {epoch + 1}/4" in output


@pytest.mark.slow
def test_a_short_head_is_not_saved_on_its_way(
    records: Records, small_embeddings: EmbeddingStore, tmp_path: Path
) -> None:
    done = run(small_plan(records, small_embeddings), tmp_path, recording(tmp_path))
    saved = sorted(path.name for path in (tmp_path / "unfinished").parent.rglob("state.npz"))
    assert len(done.history) > 1 and len(saved) == 2  # at the end, and Recording's copy of it


@pytest.mark.slow
def test_a_phase_whose_patience_had_ended_is_over(records: Records, tmp_path: Path) -> None:
    backbone = tiny.make_small_backbone()
    embeddings = tiny.make_embeddings(backbone, records, tmp_path / "embeddings", "input")
    plans = [
        small_plan(
            records, embeddings, target="binary", epochs=9, patience=1, learning_rate=1e-2
        )
        for _ in range(2)
    ]  # fmt: skip
    wanted = run(plans[0], tmp_path / "straight", recording(tmp_path))
    last = len(wanted.history)
    assert last < 9
    compare(run(plans[1], tmp_path / "resumed", recording(tmp_path).at((0, last))), wanted)


@pytest.mark.slow
def test_a_changed_training_starts_anew(
    records: Records, small_embeddings: EmbeddingStore, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    rates = (1e-3, 2e-3, 2e-3)
    plans = [tuning_plan(records, small_embeddings, learning_rate=rate) for rate in rates]
    first, other, _ = (tmp_path / "unfinished" / plan.resume_key() for plan in plans)
    assert first != other
    with pytest.raises(PlugPulledError):
        run(plans[0], tmp_path, Interrupting(first, (1, 1)))
    changed = run(plans[1], tmp_path, Checkpoint(other))
    assert "resuming" not in capsys.readouterr().out
    assert len(changed.history) == 6 and not first.exists()
    compare(changed, run(plans[2], tmp_path / "alone"))
