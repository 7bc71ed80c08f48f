"""All shards or a part of them: what is made, what is skipped, what is returned."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.shards import task
from lesion_pipeline.shards.execution import Execution, Part, local, make_all
from lesion_pipeline.shards.task import WORK, Facts, ShardTask
from tests.shards.writers import fail, write


@pytest.fixture
def tasks(tmp_path: Path) -> list[ShardTask]:
    (tmp_path / WORK).mkdir()
    return [ShardTask(tmp_path / f"s{n}", partial(write, n * "x")) for n in range(7)]


def backwards(made: list[str], tasks: Sequence[ShardTask]) -> Iterator[tuple[ShardTask, Facts]]:
    """Make tasks, the last one first, and say which."""
    for each in reversed(tasks):
        yield each, each.make()
        made.append(each.file.name)


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_facts_come_in_the_order_of_the_tasks(tasks: list[ShardTask], workers: int) -> None:
    facts = make_all(tasks, local(workers), "test")
    assert [fact["length"] for fact in facts] == list(range(7))
    assert [each.file.read_text() for each in tasks] == [n * "x" for n in range(7)]


def test_whatever_the_order_in_which_they_are_made(tasks: list[ShardTask]) -> None:
    made: list[str] = []
    facts = make_all(tasks, Execution(partial(backwards, made)), "test")
    assert [fact["length"] for fact in facts] == list(range(7))
    assert made == [f"s{n}" for n in reversed(range(7))]


def test_finished_shards_are_skipped(tasks: list[ShardTask]) -> None:
    for n in (1, 4):
        tasks[n].make()
    made: list[str] = []
    facts = make_all(tasks, Execution(partial(backwards, made)), "test")
    assert made == ["s6", "s5", "s3", "s2", "s0"]
    assert [fact["length"] for fact in facts] == list(range(7))


@pytest.mark.parametrize("count", [1, 2, 3, 9])
def test_parts_are_all_of_it_and_none_twice(tasks: list[ShardTask], count: int) -> None:
    parts = [Part(index, count).of(tasks) for index in range(1, count + 1)]
    assert sorted(each.file.name for part in parts for each in part) == [f"s{n}" for n in range(7)]


def test_a_part_doesnt_depend_on_what_is_finished(
    tasks: list[ShardTask], capsys: pytest.CaptureFixture[str]
) -> None:
    made: list[str] = []
    tasks[1].make()
    for _ in range(2):
        with pytest.raises(SystemExit) as end:
            make_all(tasks, Execution(partial(backwards, made), Part(2, 3)), "test")
        assert end.value.code == 0
    assert made == ["s4"]
    assert capsys.readouterr().out.splitlines() == [
        "part 2/3: shards made: 1, finished: 2",
        "part 2/3: shards made: 0, finished: 2",
    ]


def test_a_shard_that_fails_too_often_ends_the_run(
    tasks: list[ShardTask], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(task, "PAUSES", (0, 0))
    folder = tasks[0].file.parent
    bad = ShardTask(folder / "bad", partial(fail, 99, folder / WORK / "tries", "text"))
    with pytest.raises(DataError, match=r"^bad can't be made, tried 3 times: .*Input/output"):
        make_all([*tasks, bad], local(2), "test")
