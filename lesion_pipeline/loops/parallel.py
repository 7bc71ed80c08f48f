"""Work on all cores of this machine, in memory that doesn't grow with the number of items."""

import ctypes
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final, TypeVar

_DEATH_SIGNAL: Final = 1  # PR_SET_PDEATHSIG of prctl(2)

T = TypeVar("T")
R = TypeVar("R")


def cores() -> int:
    """Return the number of cores that this process may use; at least 1."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


def in_order(
    function: Callable[[T], R], items: Iterable[T], workers: int, ahead: int | None = None
) -> Iterator[R]:
    """Map `function` over `items` with threads, and yield the results in the order of the items.

    This is faster than a loop if `function` releases Python's global lock.

    Args:
        function: of one item.
        items: any number of them; memory doesn't grow with it.
        workers: threads.
        ahead: how many items beyond those yielded may be in progress or done; None: `workers`.

    Raises:
        Exception: any that `function` or `items` raise, in the turn of that item.
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


def in_processes(function: Callable[[T], R], items: Iterable[T], workers: int) -> Iterator[R]:
    """Map `function` over `items` with processes, and yield the results in the order of the items.

    For functions that hold Python's global lock. Ctrl-C, which a terminal sends to all processes,
    is for this process alone: the workers finish the items they are at and end. SIGTERM ends them
    at once, without a traceback.

    Args:
        function: of one item; it and the items are pickled.
        items: a few thousand at most, as all of them are handed over at once.
        workers: processes.
    """
    with ProcessPoolExecutor(workers, initializer=_begin_worker) as pool:
        try:
            with _signals_blocked():  # which the workers inherit
                results = pool.map(function, items, chunksize=4)
            yield from results
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


@contextmanager
def _signals_blocked() -> Iterator[None]:
    """Keep back Ctrl-C and SIGTERM, where the system can, until the block ends."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin_worker() -> None:
    """Die of SIGTERM, and when the parent is killed (Linux); Ctrl-C stays blocked."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGKILL)
