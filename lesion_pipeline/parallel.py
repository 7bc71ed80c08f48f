"""Using the cores of this machine, with memory that doesn't grow with the work."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def cores() -> int:
    """Count the cores of this process; at least 1."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


def in_order(
    function: Callable[[T], R], items: Iterable[T], workers: int, ahead: int | None = None
) -> Iterator[R]:
    """Map `function` over `items` with threads, giving results in the order of the items.

    Pays where `function` leaves Python's lock.

    Args:
        function: what to do with an item.
        items: any number of them; memory doesn't grow with it.
        workers: threads.
        ahead: how many items may be under way or done beyond those taken; None: as many as there
            are workers.

    Raises:
        whatever `function` or `items` raise, when the turn of that item comes.
    """
    limit = workers if ahead is None else ahead
    waiting: deque[Future[R]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) > limit:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
