"""The folder of shards: kept under its key, shared by parts, an output at the end."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from lesion_pipeline.shards.execution import Part, local
from lesion_pipeline.shards.folder import shard_folder
from lesion_pipeline.shards.task import WORK, ShardTask
from tests.shards.writers import write

ALL = local(1)
PART = replace(ALL, part=Part(1, 2))


def put(folder: Path, name: str) -> None:
    ShardTask(folder / name, partial(write, name)).make()


def stopped(target: Path, name: str, key: str = "key", execution: object = ALL) -> None:
    """Finish one shard and stop."""
    with pytest.raises(SystemExit), shard_folder(target, key, execution) as folder:  # type: ignore[arg-type]
        put(folder, name)
        raise SystemExit(0)


def test_it_becomes_the_output_without_notes(tmp_path: Path) -> None:
    target = tmp_path / "out"
    target.mkdir()
    (target / "old").touch()
    with shard_folder(target, "key", ALL) as folder:
        put(folder, "a")
        assert (target / "old").exists()
    assert [path.name for path in tmp_path.rglob("*")] == ["out", "a"]


def test_what_was_finished_under_the_same_key_is_there(tmp_path: Path) -> None:
    stopped(tmp_path / "out", "a")
    stopped(tmp_path / "out", "b", execution=PART)
    assert not (tmp_path / "out").exists()
    with shard_folder(tmp_path / "out", "key", ALL) as folder:
        assert ShardTask(folder / "a", partial(write, "other")).make() == {"length": 1}
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a", "b"]
    assert (tmp_path / "out/a").read_text() == "a"


def test_under_another_key_all_is_made_anew(tmp_path: Path) -> None:
    stopped(tmp_path / "out", "a", "old")
    with shard_folder(tmp_path / "out", "new", ALL) as folder:
        assert [path.name for path in folder.iterdir()] == [WORK]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_part_leaves_the_work_of_others_alone(tmp_path: Path) -> None:
    stopped(tmp_path / "out", "a", "old")
    stopped(tmp_path / "out", "b", "new", PART)
    assert len(list(tmp_path.glob("out.*.partial/[ab]"))) == 2


def test_a_late_worker_can_write_no_more(tmp_path: Path) -> None:
    with shard_folder(tmp_path / "out", "key", ALL) as folder:
        put(folder, "a")
    with pytest.raises(FileNotFoundError):
        ShardTask(folder / "b", partial(write, "b"))._make()
    assert [path.name for path in tmp_path.rglob("*")] == ["out", "a"]
