"""The state of an interrupted training, and the name under which it is found again."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lesion_pipeline.training import checkpoint
from lesion_pipeline.training.checkpoint import (
    SECONDS,
    SHARE,
    Checkpoint,
    SavingTimes,
    TrainingState,
)

FACTS: dict[str, Any] = {
    "phase": 1, "epoch": 2, "history": [{"epoch": 1, "loss": 0.1 + 0.2, "phase": "head"}],
    "best": {},
}  # fmt: skip
GROUPS = {
    "best": [np.arange(6, dtype=np.float32).reshape(2, 3), np.float32(0.1) * np.ones(3)],
    "trainer": [
        np.array(7, np.int64),
        np.array([1, 2], np.uint32),
        *(np.zeros(n) for n in range(12)),
    ],
}


def test_what_is_kept_comes_back_exactly(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "unfinished/one")
    checkpoint.save(TrainingState(FACTS, GROUPS))
    left = checkpoint.load()
    assert left is not None and left.facts == FACTS and list(left.groups) == list(GROUPS)
    for group, arrays in GROUPS.items():
        assert len(left.groups[group]) == len(arrays)
        for wanted, found in zip(arrays, left.groups[group], strict=True):
            assert found.dtype == wanted.dtype and found.shape == wanted.shape
            np.testing.assert_array_equal(found, wanted)


def test_the_last_state_is_kept(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "unfinished/one")
    checkpoint.save(TrainingState(FACTS, GROUPS))
    checkpoint.save(TrainingState({"phase": 2}, {"best": [np.ones(2)]}))
    left = checkpoint.load()
    assert left is not None and left.facts == {"phase": 2} and list(left.groups) == ["best"]


def test_nothing_was_left(tmp_path: Path) -> None:
    assert Checkpoint(tmp_path / "unfinished/one").load() is None


def test_states_of_other_trainings_go(tmp_path: Path) -> None:
    one, other = (Checkpoint(tmp_path / "unfinished" / name) for name in ("one", "other"))
    (tmp_path / "beside").mkdir()
    one.save(TrainingState(FACTS, GROUPS))
    other.save(TrainingState(FACTS, GROUPS))
    assert one.load() is None and other.load() is not None
    assert [path.name for path in (tmp_path / "unfinished").iterdir()] == ["other"]
    assert (tmp_path / "beside").is_dir()


def test_parts_of_a_training_keep_their_states_until_it_ends(tmp_path: Path) -> None:
    whole, other = (Checkpoint(tmp_path / "unfinished" / name) for name in ("one", "other"))
    other.save(TrainingState(FACTS, GROUPS))
    parts = [whole.part("a"), whole.part("b").part("c")]
    for number, part in enumerate(parts):
        part.save(TrainingState({"phase": number}, GROUPS))
    for number, part in enumerate(parts):
        left = part.load()
        assert left is not None and left.facts == {"phase": number}
    assert other.load() is None and not other.folder.exists()
    whole.clear()
    assert [part.load() for part in parts] == [None, None]


def test_a_state_that_is_cleared_is_gone(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "unfinished/one")
    checkpoint.clear()  # nothing to forget
    checkpoint.save(TrainingState(FACTS, GROUPS))
    checkpoint.clear()
    assert checkpoint.load() is None and not checkpoint.folder.exists()


def test_an_interrupted_save_leaves_the_state_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(file: Any, **_: Any) -> None:
        file.write(b"half of it")
        raise KeyboardInterrupt

    checkpoint = Checkpoint(tmp_path / "unfinished/one")
    checkpoint.save(TrainingState(FACTS, GROUPS))
    monkeypatch.setattr(np, "savez", broken)
    with pytest.raises(KeyboardInterrupt):
        checkpoint.save(TrainingState({"phase": 9}, {}))
    left = checkpoint.load()
    assert left is not None and left.facts == json.loads(json.dumps(FACTS))


@pytest.mark.parametrize("took", [0.01, 0.5, 3.0])
def test_saving_takes_a_small_share_of_the_time(
    monkeypatch: pytest.MonkeyPatch, took: float
) -> None:
    """A training of 1,000 epochs of a second each, whose states take `took` seconds to save."""
    now, spent, saves = 0.0, 0.0, []
    monkeypatch.setattr(checkpoint.time, "monotonic", lambda: now)
    times = SavingTimes()
    for epoch in range(1000):
        now += 1
        if times.due():
            with times.saving():
                now, spent = now + took, spent + took
            saves.append(epoch + 1)
    assert saves[0] == SECONDS
    pauses = {second - first for first, second in pairwise(saves)}
    shortest = max(SECONDS, took / SHARE)
    assert shortest <= min(pauses) and max(pauses) <= shortest + 1  # epochs are of a second
    assert spent <= SHARE * now + took
