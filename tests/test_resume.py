"""What an interrupted stage had finished, and the key under which it is found again."""

import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from lesion_pipeline import resume
from lesion_pipeline.core.files import write_text
from lesion_pipeline.core.params import Section
from lesion_pipeline.resume import resume_key, resumed_folder


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    """A folder as a stage leaves it."""
    (tmp_path / "inputs/deeper").mkdir(parents=True)
    (tmp_path / "inputs/a.npy").write_bytes(b"one")
    (tmp_path / "inputs/deeper/b.json").write_bytes(b"two")
    return tmp_path / "inputs"


class SomeParams(Section):
    """Parameters of some work."""

    rate: float
    name: str


PARAMS = SomeParams(rate=0.1, name="one")


def name(folder: Path, **changes: Any) -> str:
    return resume_key([PARAMS.model_copy(update=changes), "text"], [folder])


def test_the_same_work_has_the_same_key(inputs: Path) -> None:
    assert name(inputs) == name(inputs)
    assert len(name(inputs)) == 32 and set(name(inputs)) <= set("0123456789abcdef")


@pytest.mark.parametrize("changes", [{"rate": 0.11}, {"name": "other"}])
def test_a_changed_parameter_is_another_key(inputs: Path, changes: dict[str, Any]) -> None:
    assert name(inputs, **changes) != name(inputs)


def test_another_text_is_another_key(inputs: Path) -> None:
    assert resume_key([PARAMS, "other text"], [inputs]) != name(inputs)


def test_a_changed_input_is_another_key(inputs: Path) -> None:
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


def test_code_that_changed_is_another_key(
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


def test_another_version_of_a_library_is_another_key(
    inputs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = name(inputs)
    monkeypatch.setattr(resume, "version", lambda name: "0.1")
    assert name(inputs) != before


def interrupted(target: Path, key: str) -> None:
    """Finish one file, begin another, and be killed."""
    with resumed_folder(target, key) as folder:
        write_text(folder / "one.txt", "one")
        (folder / "two.txt.partial").write_text("tw")
        raise KeyboardInterrupt


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_was_finished_is_there_again_and_what_was_not_is_gone(tmp_path: Path) -> None:
    target = tmp_path / "target"
    with pytest.raises(KeyboardInterrupt):
        interrupted(target, "key")
    assert not target.exists()
    with resumed_folder(target, "key") as folder:
        assert names(folder) == ["one.txt", "resume.key"]
        write_text(folder / "two.txt", "two")
    assert names(tmp_path) == ["target"] and names(target) == ["one.txt", "two.txt"]


def test_under_another_key_all_starts_anew(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        interrupted(tmp_path / "target", "key")
    with resumed_folder(tmp_path / "target", "other") as folder:
        assert names(folder) == ["resume.key"]


def test_a_folder_whose_key_is_missing_is_not_trusted(tmp_path: Path) -> None:
    (tmp_path / "target.partial").mkdir()
    (tmp_path / "target.partial/one.txt").write_text("who knows")
    with resumed_folder(tmp_path / "target", "key") as folder:
        assert names(folder) == ["resume.key"]


def test_what_stood_there_is_replaced_at_the_end_alone(tmp_path: Path) -> None:
    (tmp_path / "target").mkdir()
    (tmp_path / "target/old.txt").write_text("old")
    with pytest.raises(KeyboardInterrupt):
        interrupted(tmp_path / "target", "key")
    assert names(tmp_path / "target") == ["old.txt"]
    with resumed_folder(tmp_path / "target", "key"):
        pass
    assert names(tmp_path / "target") == ["one.txt"]
