"""A training that was interrupted ends as if nothing had happened."""

import json
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lesion_pipeline.embedding.cut import Cut
from lesion_pipeline.embedding.rows import Embeddings
from lesion_pipeline.networks.network import Network
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.training.checkpoint import STATE, Checkpoint
from lesion_pipeline.training.train import Plan, train
from tests import tiny
from tests.code_deps import ROOT

TUNE = tiny.TRAIN.fine_tune.model_copy(update={"epochs": 4})
PATIENCE = 300  # seconds for a process to come to what it is waited for
SCRIPT = (
    "import sys; from pathlib import Path; from tests.training.test_resume import as_a_stage;"
    "as_a_stage(*map(Path, sys.argv[1:]))"
)

Done = tuple[Network, pd.DataFrame]


def tuning(records: Records, embeddings: Embeddings, **changes: Any) -> Plan:
    return tiny.make_plan(records, embeddings, "diagnosis", epochs=2, fine_tune=TUNE, **changes)


def as_a_stage(records: Path, embeddings: Path, folder: Path) -> None:
    """Train as the stage does, in a process of its own; leave history and weights."""
    plan = tuning(Records(records), Embeddings(embeddings))
    checkpoint = Checkpoint(folder / "unfinished" / plan.fingerprint())
    network, history = train(plan, folder / "logs", checkpoint)
    history.to_csv(folder / "history.csv", index=False)
    np.savez(folder / "weights.npz", *network.model.get_weights())
    checkpoint.clear()


def process(records: Records, embeddings: Embeddings, folder: Path) -> subprocess.Popen[str]:
    folder.mkdir(exist_ok=True)
    places = [str(path) for path in (records.folder, embeddings.folder, folder)]
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, *places], cwd=ROOT, text=True, stdout=subprocess.PIPE
    )


def kept(folder: Path) -> tuple[int, int]:
    """Phase and epoch of the state that a training under way has kept last."""
    for file in (folder / "unfinished").glob(f"*/{STATE}"):
        with np.load(file) as arrays:
            facts = json.loads(arrays["facts"].tobytes())
            return facts["phase"], facts["epoch"]
    return 0, 0


@pytest.mark.slow
def test_a_killed_training_goes_on(
    records: Records, embeddings: Embeddings, tmp_path: Path
) -> None:
    straight, killed = tmp_path / "straight", tmp_path / "killed"
    with process(records, embeddings, straight) as running:
        assert "going on" not in running.communicate()[0] and running.returncode == 0
    with process(records, embeddings, killed) as running:
        deadline = time.monotonic() + PATIENCE
        while kept(killed) < (1, 1):
            assert running.poll() is None and time.monotonic() < deadline
            time.sleep(0.02)
        running.kill()
    assert running.returncode == -signal.SIGKILL and not (killed / "history.csv").exists()
    before = kept(killed)
    with process(records, embeddings, killed) as running:
        output = running.communicate()[0]
    assert running.returncode == 0
    assert f"going on after epoch {2 + before[1]}, where training was interrupted" in output
    assert "head 1/2" not in output and "fine_tune 1/4" not in output
    assert (killed / "history.csv").read_bytes() == (straight / "history.csv").read_bytes()
    with np.load(killed / "weights.npz") as mine, np.load(straight / "weights.npz") as wanted:
        assert mine.files == wanted.files
        for name in wanted.files:
            assert mine[name].tobytes() == wanted[name].tobytes()
    assert list((killed / "unfinished").iterdir()) == []


class PlugPulledError(Exception):
    """Training ends here for now."""


@dataclass(frozen=True)
class Interrupting(Checkpoint):
    """Interrupts training as soon as it has kept a state.

    Attributes:
        place: phase and epoch of that state.
    """

    place: tuple[int, int]

    def save(self, facts: dict[str, Any], groups: dict[str, list[Any]]) -> None:
        super().save(facts, groups)
        if (facts["phase"], facts["epoch"]) == self.place:
            raise PlugPulledError


def in_one_go(plan: Plan, folder: Path) -> Done:
    return train(plan, folder / "logs", Checkpoint(folder / "unfinished/one"))


def with_a_break(plan: Plan, again: Plan, folder: Path, place: tuple[int, int]) -> Done:
    logs, state = folder / "logs", folder / "unfinished/one"
    with pytest.raises(PlugPulledError):
        train(plan, logs, Interrupting(state, place))
    return train(again, logs, Checkpoint(state))


def compare(done: Done, wanted: Done) -> None:
    pd.testing.assert_frame_equal(done[1], wanted[1], check_exact=True)
    assert done[0].manifest == wanted[0].manifest
    weights = (network.model.get_weights() for network, _ in (done, wanted))
    for one, other in zip(*weights, strict=True):
        assert one.tobytes() == other.tobytes()


@pytest.fixture(scope="module")
def straight(
    records: Records, embeddings: Embeddings, tmp_path_factory: pytest.TempPathFactory
) -> Done:
    return in_one_go(tuning(records, embeddings), tmp_path_factory.mktemp("straight"))


@pytest.mark.slow
@pytest.mark.parametrize("place", [(1, 0), (1, 3), (2, 0)], ids=str)
def test_a_break_anywhere_changes_nothing(
    records: Records, embeddings: Embeddings, tmp_path: Path, straight: Done,
    place: tuple[int, int],
) -> None:  # fmt: skip
    plans = (tuning(records, embeddings) for _ in range(2))
    compare(with_a_break(*plans, tmp_path, place), straight)
    assert straight[1]["phase"].tolist() == ["head"] * 2 + ["fine_tune"] * 4


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arch", "cut", "phase"),
    [("simple_cnn", "input", "whole"), ("efficientnet_lite0", 4, "after_cut")],
)
def test_a_break_in_the_first_phase_changes_nothing(
    records: Records, tmp_path: Path, arch: str, cut: Cut, phase: str
) -> None:
    backbone = tiny.make_backbone(arch)
    embeddings = tiny.make_embeddings(backbone, records, tmp_path / "embeddings", cut)
    plans = [
        tiny.make_plan(records, embeddings, "diagnosis", arch, epochs=4, patience=3)
        for _ in range(3)
    ]
    wanted = in_one_go(plans[0], tmp_path / "straight")
    compare(with_a_break(*plans[1:], tmp_path / "broken", (0, 2)), wanted)
    assert set(wanted[1]["phase"]) == {phase} and len(wanted[1]) >= 3


@pytest.mark.slow
def test_a_phase_that_had_waited_long_enough_is_over(records: Records, tmp_path: Path) -> None:
    embeddings = tiny.make_embeddings(
        tiny.make_backbone("simple_cnn"), records, tmp_path / "embeddings"
    )
    plans = [
        tiny.make_plan(
            records, embeddings, "binary", "simple_cnn", epochs=9, patience=1, learning_rate=1e-2
        )
        for _ in range(3)
    ]
    wanted = in_one_go(plans[0], tmp_path / "straight")
    last = len(wanted[1])
    assert last < 9
    compare(with_a_break(*plans[1:], tmp_path / "broken", (0, last)), wanted)


@pytest.mark.slow
def test_a_changed_training_starts_anew(
    records: Records, embeddings: Embeddings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plans = [tuning(records, embeddings), tuning(records, embeddings, learning_rate=2e-3)]
    first, other = (tmp_path / "unfinished" / plan.fingerprint() for plan in plans)
    assert first != other
    with pytest.raises(PlugPulledError):
        train(plans[0], tmp_path / "logs", Interrupting(first, (1, 1)))
    _, history = train(plans[1], tmp_path / "logs", Checkpoint(other))
    assert "going on" not in capsys.readouterr().out
    assert len(history) == 6 and not first.exists()
    _, alone = in_one_go(tuning(records, embeddings, learning_rate=2e-3), tmp_path / "alone")
    pd.testing.assert_frame_equal(history, alone, check_exact=True)


def test_a_training_is_named_by_what_it_depends_on(
    records: Records, embeddings: Embeddings
) -> None:
    plan, weights = tuning(records, embeddings), {"origin": "file", "source": "sha256 0"}
    assert plan.fingerprint() == tuning(records, embeddings).fingerprint()
    backbone = Network(plan.backbone.model, plan.backbone.manifest | {"weights": weights})
    others = [
        tuning(records, embeddings, averaging=0.8),
        Plan(plan.backbone, embeddings, records, "binary", plan.params),
        Plan(backbone, embeddings, records, plan.target, plan.params),
        Plan(plan.backbone, Embeddings(records.folder), records, plan.target, plan.params),
        Plan(plan.backbone, embeddings, Records(embeddings.folder), plan.target, plan.params),
    ]
    assert plan.fingerprint() not in {other.fingerprint() for other in others}
    views = Plan(plan.backbone, embeddings, records, plan.target, plan.params, views=4)
    assert views.fingerprint() == plan.fingerprint()  # training itself sees one
