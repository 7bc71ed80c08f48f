"""Make shards with Ray: each is a task of Ray Core, on a cluster or on this machine.

Of Ray's own facilities for data none is used: they don't keep the order, and the content of a shard
is settled before. All nodes see the project's folder under one path (a shared drive).
"""

import os
import platform
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from lesion_pipeline.core import kernels
from lesion_pipeline.core.errors import DataError, PipelineError, first_line
from lesion_pipeline.resume import library_versions
from lesion_pipeline.shards.task import TRIES, Facts, ShardTask

ADDRESS: Final = "RAY_ADDRESS"  # of a cluster to join, as Ray itself has it
_AHEAD: Final = 2  # tasks per core of the cluster that are handed over at a time
_STORE: Final = 100 << 20  # bytes of memory for objects, which tasks here don't exchange


def on_ray(workers: int, tasks: Sequence[ShardTask]) -> Iterator[tuple[ShardTask, Facts]]:
    """Make tasks in the cluster at RAY_ADDRESS, or in one that is started here and ended again.

    A task whose worker or node dies is given to another, TRIES times in all.

    Args:
        workers: tasks at a time if the cluster is started here; one that is joined gives each
            of its cores a task.
        tasks: any number of them.

    Yields:
        A task and its facts, in the order in which they are finished.

    Raises:
        PipelineError: Ray isn't installed or can't be reached.
        DataError: a shard failed too often, or a node has other versions; names it.
    """
    with _cluster(workers) as ray:
        remote = ray.remote(num_cpus=1, max_retries=TRIES - 1, scheduling_strategy="SPREAD")(_make)
        here, ahead = library_versions(), list(reversed(tasks))
        running: dict[Any, ShardTask] = {}
        while ahead or running:
            most = _AHEAD * max(1, int(ray.cluster_resources().get("CPU", 1)))  # it may grow
            while ahead and len(running) < most:
                task = ahead.pop()
                running[remote.remote(task, here)] = task
            for done in ray.wait(list(running))[0]:
                task = running.pop(done)
                yield task, _facts(ray, done, task)


def _make(task: ShardTask, wanted: dict[str, str]) -> Facts:
    """Make a task on a node, which must have the versions of the machine that asks for it."""
    for name, found in library_versions().items():
        if found != wanted[name]:
            node = platform.node()
            raise DataError(f"node {node} has {name} {found}, expected {wanted[name]} as here")
    return task.make()


def _facts(ray: Any, done: Any, task: ShardTask) -> Facts:
    """Return what a task returned, or raise what it raised, as it would have been raised here."""
    try:
        return dict(ray.get(done))
    except ray.exceptions.RayTaskError as error:
        raise error.cause from None
    except ray.exceptions.RayError as error:  # its workers died
        raise task.given_up(error) from None


@contextmanager
def _cluster(workers: int) -> Iterator[Any]:
    """Join a cluster, or start one; give the module ray."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # or it reports to its makers
    try:
        import ray
    except ImportError:
        raise PipelineError(
            "LESION_EXECUTOR=ray needs the package ray: pip install -r requirements-ray.txt"
        ) from None
    address = os.environ.get(ADDRESS) or "local"
    environment = kernels.environment() if kernels.chosen() == "portable" else {}
    own = {"num_cpus": workers, "object_store_memory": _STORE, "include_dashboard": False}
    handler = signal.getsignal(signal.SIGTERM)
    try:
        ray.init(
            address,
            runtime_env={"env_vars": environment},
            log_to_driver=False,
            logging_level="ERROR",
            **(own if address == "local" else {}),
        )
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise PipelineError(f"no Ray cluster at {address}: {first_line(error)}") from None
    signal.signal(signal.SIGTERM, handler)  # Ray's own would end the stage with another status
    try:
        yield ray
    finally:
        ray.shutdown()
