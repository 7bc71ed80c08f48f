"""A shard's file: whole or not at all, made once, tried again, named."""

from functools import partial
from pathlib import Path

import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.shards import task
from lesion_pipeline.shards.task import PAUSES, TRIES, WORK, Facts, ShardTask
from tests.shards.writers import fail, write


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(task, "PAUSES", (0,) * len(PAUSES))
    (tmp_path / WORK).mkdir()
    return tmp_path


def refuse(target: Path) -> Facts:
    raise AssertionError("made again")


def broken(target: Path) -> Facts:
    target.write_text("half")
    raise KeyError("name")


def failing(folder: Path, count: int) -> ShardTask:
    return ShardTask(folder / "s", partial(fail, count, folder / WORK / "tries", "text"))


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*")} - {WORK, "tries"}


def test_a_finished_shard_is_recognised_and_not_made_again(folder: Path) -> None:
    first = ShardTask(folder / "s", partial(write, "text"))
    assert first.found() is None
    assert first.make() == first.found() == {"length": 4}
    assert ShardTask(folder / "s", refuse).make() == {"length": 4}
    assert (folder / "s").read_text() == "text"
    assert names(folder) == {"s", "s.json"}


@pytest.mark.parametrize("damage", ["file", "note", "size", "half a note"])
def test_what_is_not_whole_is_made_again(folder: Path, damage: str) -> None:
    shard = ShardTask(folder / "s", partial(write, "text"))
    shard.make()
    note = folder / WORK / "s.json"
    if damage == "size":
        (folder / "s").write_text("tex")
    elif damage == "half a note":
        note.write_text(note.read_text()[:5])
    else:
        (folder / "s" if damage == "file" else note).unlink()
    assert shard.found() is None
    assert shard.make() == {"length": 4}
    assert (folder / "s").read_text() == "text"


def test_what_fails_for_a_moment_is_tried_again(folder: Path) -> None:
    assert failing(folder, TRIES - 1).make() == {"length": 4}
    assert (folder / WORK / "tries").read_text() == "x" * TRIES
    assert names(folder) == {"s", "s.json"}


def test_what_fails_too_often_is_named_and_leaves_nothing(folder: Path) -> None:
    with pytest.raises(DataError) as error:
        failing(folder, TRIES).make()
    assert str(error.value) == "s can't be made, tried 3 times: [Errno 5] Input/output error"
    assert (folder / WORK / "tries").read_text() == "x" * TRIES
    assert names(folder) == set()


def test_a_mistake_in_the_code_is_not_tried_again(folder: Path) -> None:
    with pytest.raises(KeyError) as error:
        ShardTask(folder / "s", broken).make()
    assert error.value.__notes__ == ["in shard s"]
    assert names(folder) == set()
