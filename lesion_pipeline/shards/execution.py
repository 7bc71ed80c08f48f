"""Make all shards of a heavy map, or a part of them, by an executor."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from lesion_pipeline.loops.parallel import in_order
from lesion_pipeline.loops.progress import progress
from lesion_pipeline.shards.part import Part
from lesion_pipeline.shards.task import Facts, ShardTask

# Makes tasks in any way and yields their facts in the order of the tasks or in another.
Executor = Callable[[Sequence[ShardTask]], Iterator[tuple[ShardTask, Facts]]]


@dataclass(frozen=True)
class Execution:
    """How shards are made; no byte depends on it.

    Attributes:
        executor: makes them.
        part: the only ones to be made; None: all.
    """

    executor: Executor
    part: Part | None = None


def local(workers: int) -> Execution:
    """Return the execution of all shards by threads of this process."""
    return Execution(partial(on_threads, workers))


def on_threads(workers: int, tasks: Sequence[ShardTask]) -> Iterator[tuple[ShardTask, Facts]]:
    """Make tasks with threads: for functions that release Python's global lock."""
    return zip(tasks, in_order(ShardTask.make, tasks, workers), strict=True)


def make_all(tasks: Sequence[ShardTask], execution: Execution, label: str) -> list[Facts]:
    """Make the shards that aren't finished, and return the facts of all in the order of `tasks`.

    Args:
        tasks: all of them, whatever part is to be made: which these are depends on the order.
        execution: how, and which part.
        label: shown with the progress.

    Raises:
        DataError: a shard failed too often; names it.
        SystemExit: with status 0 when a part is made, as nothing more can be done without the
            others.
    """
    part = execution.part
    mine = list(tasks) if part is None else part.of(tasks)
    facts = {task.file: found for task in mine if (found := task.found()) is not None}
    left = [task for task in mine if task.file not in facts]
    if left:
        for task, made in progress(execution.executor(left), len(left), label, "shard"):
            facts[task.file] = made
    if part is not None:
        print(f"part {part.index}/{part.count}: shards made: {len(left)}, finished: {len(mine)}")
        raise SystemExit(0)
    return [facts[task.file] for task in tasks]
