"""Work on all cores: results in order, memory bounded."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool

import pytest

from lesion_pipeline.loops.parallel import cores, in_order, in_processes


def test_there_is_a_core() -> None:
    assert cores() >= 1


@pytest.mark.parametrize("workers", [1, 2, 7])
def test_results_come_in_the_order_of_the_items(workers: int) -> None:
    def slow_first(number: int) -> int:
        time.sleep(0.02 if number == 0 else 0)
        return number * number

    assert list(in_order(slow_first, range(20), workers)) == [n * n for n in range(20)]


def test_nothing_runs_far_ahead() -> None:
    taken = []

    def items() -> Iterator[int]:
        for number in range(1000):
            taken.append(number)
            yield number

    results = in_order(lambda number: number, items(), workers=2)
    assert next(results) == 0
    assert len(taken) <= 4
    results.close()  # type: ignore[attr-defined]


def test_workers_work_side_by_side() -> None:
    both = threading.Barrier(2, timeout=10)
    assert len(list(in_order(lambda _: both.wait(), range(4), workers=2))) == 4


def test_an_error_is_raised_in_its_turn() -> None:
    results = in_order(lambda number: 1 // number, [1, 0, 1], workers=2)
    assert next(results) == 1
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_nothing_in_nothing_out() -> None:
    assert list(in_order(str, [], workers=2)) == []


def triple(number: int) -> int:
    return 3 * number


def test_processes_give_results_in_order() -> None:
    assert list(in_processes(triple, range(50), workers=2)) == [3 * n for n in range(50)]


def test_an_error_in_a_process_is_raised_and_ends_the_others() -> None:
    with pytest.raises(ZeroDivisionError):
        list(in_processes(reciprocal, [1, 0, *range(1, 99)], workers=2))
    assert multiprocessing.active_children() == []


def reciprocal(number: int) -> float:
    return 1 / number


def test_a_worker_that_dies_ends_the_others() -> None:
    with pytest.raises(BrokenProcessPool):
        list(in_processes(die_at_three, range(40), workers=2))
    assert multiprocessing.active_children() == []


def die_at_three(number: int) -> None:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.01)
