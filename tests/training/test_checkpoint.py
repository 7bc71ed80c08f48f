"""The state of an interrupted training, and the name under which it is found again."""

import json
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from lesion_pipeline.training.checkpoint import Checkpoint, fingerprint
from tests import tiny

FACTS: dict[str, Any] = {
    "phase": 1, "epoch": 2, "history": [{"epoch": 1, "loss": 0.1 + 0.2, "phase": "head"}],
    "best": {},
}  # fmt: skip
GROUPS = {
    "best": [np.arange(6, dtype=np.float32).reshape(2, 3), np.float32(0.1) * np.ones(3)],
    "fit": [np.array(7, np.int64), np.array([1, 2], np.uint32), *(np.zeros(n) for n in range(12))],
}


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    """A folder as a stage leaves it."""
    (tmp_path / "inputs/deeper").mkdir(parents=True)
    (tmp_path / "inputs/a.npy").write_bytes(b"one")
    (tmp_path / "inputs/deeper/b.json").write_bytes(b"two")
    return tmp_path / "inputs"


def name(folder: Path, **changes: Any) -> str:
    return fingerprint([tiny.TRAIN.model_copy(update=changes), "binary"], [folder])


def test_what_is_kept_comes_back_exactly(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "unfinished/one")
    checkpoint.save(FACTS, GROUPS)
    left = checkpoint.load()
    assert left is not None and left.facts == FACTS and list(left.groups) == list(GROUPS)
    for group, arrays in GROUPS.items():
        assert len(left.groups[group]) == len(arrays)
        for wanted, found in zip(arrays, left.groups[group], strict=True):
            assert found.dtype == wanted.dtype and found.shape == wanted.shape
            np.testing.assert_array_equal(found, wanted)


def test_the_last_state_is_kept(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "unfinished/one")
    checkpoint.save(FACTS, GROUPS)
    checkpoint.save({"phase": 2}, {"best": [np.ones(2)]})
    left = checkpoint.load()
    assert left is not None and left.facts == {"phase": 2} and list(left.groups) == ["best"]


def test_nothing_was_left(tmp_path: Path) -> None:
    assert Checkpoint(tmp_path / "unfinished/one").load() is None


def test_states_of_other_trainings_go(tmp_path: Path) -> None:
    one, other = (Checkpoint(tmp_path / "unfinished" / name) for name in ("one", "other"))
    (tmp_path / "beside").mkdir()
    one.save(FACTS, GROUPS)
    other.save(FACTS, GROUPS)
    assert one.load() is None and other.load() is not None
    assert [path.name for path in (tmp_path / "unfinished").iterdir()] == ["other"]
    assert (tmp_path / "beside").is_dir()


def test_a_state_that_is_cleared_is_gone(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "unfinished/one")
    checkpoint.clear()  # nothing to forget
    checkpoint.save(FACTS, GROUPS)
    checkpoint.clear()
    assert checkpoint.load() is None and not checkpoint.folder.exists()


def test_an_interrupted_save_leaves_the_state_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(file: Any, **_: Any) -> None:
        file.write(b"half of it")
        raise KeyboardInterrupt

    checkpoint = Checkpoint(tmp_path / "unfinished/one")
    checkpoint.save(FACTS, GROUPS)
    monkeypatch.setattr(np, "savez", broken)
    with pytest.raises(KeyboardInterrupt):
        checkpoint.save({"phase": 9}, {})
    left = checkpoint.load()
    assert left is not None and left.facts == json.loads(json.dumps(FACTS))


def test_the_same_training_has_the_same_name(inputs: Path) -> None:
    assert name(inputs) == name(inputs)
    assert len(name(inputs)) == 32 and set(name(inputs)) <= set("0123456789abcdef")


@pytest.mark.parametrize(
    "changes",
    [
        {"learning_rate": 1.1e-3},
        {"seed": 2},
        {"head": tiny.TRAIN.head.model_copy(update={"dropout": (0.2, 0.2, 0.2)})},
        {"fine_tune": tiny.TRAIN.fine_tune.model_copy(update={"epochs": 1})},
    ],
)
def test_a_changed_parameter_is_another_training(inputs: Path, changes: dict[str, Any]) -> None:
    assert name(inputs, **changes) != name(inputs)


def test_another_target_is_another_training(inputs: Path) -> None:
    assert fingerprint([tiny.TRAIN, "diagnosis"], [inputs]) != name(inputs)


def test_a_changed_input_is_another_training(inputs: Path) -> None:
    names, file = [name(inputs)], inputs / "a.npy"
    before = file.stat()
    file.write_bytes(b"other")  # another size
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    names.append(name(inputs))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns + 1000))  # another time
    names.append(name(inputs))
    file.rename(inputs / "aa.npy")  # another name
    names.append(name(inputs))
    (inputs / "deeper/b.json").write_bytes(b"deeper")
    names.append(name(inputs))
    (inputs / "c.npy").write_bytes(b"new")
    names.append(name(inputs))
    assert len(set(names)) == len(names)


def test_code_that_changed_is_another_training(
    inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = ModuleType("lesion_pipeline.more")
    module.__file__ = str(tmp_path / "more.py")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    names = []
    for code in ("a = 1", "a = 2", "a = 1"):
        (tmp_path / "more.py").write_text(code)
        names.append(name(inputs))
    assert names[0] == names[2] != names[1]
