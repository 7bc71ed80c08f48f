"""Shards made by Ray: a real cluster on this machine, workers and a node that die."""

import sys
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import pytest

from lesion_pipeline.core.errors import DataError, PipelineError
from lesion_pipeline.resume import library_versions
from lesion_pipeline.shards import ray_tasks, task
from lesion_pipeline.shards.execution import Execution, make_all
from lesion_pipeline.shards.ray_tasks import ADDRESS, on_ray
from lesion_pipeline.shards.task import WORK, ShardTask
from tests.shards import writers

NO_RAY = "ray isn't installed: pip install -r requirements-ray.txt"
needs_ray = pytest.mark.skipif(find_spec("ray") is None, reason=NO_RAY)
TWO = Execution(partial(on_ray, 2))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv(ADDRESS, raising=False)
    (tmp_path / WORK).mkdir()
    return tmp_path


def written(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}


def test_without_ray_it_says_what_to_install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(PipelineError, match=r"pip install -r requirements-ray\.txt$"):
        make_all([ShardTask(folder / "s", partial(writers.write, "x"))], TWO, "test")


@needs_ray
@pytest.mark.slow
def test_a_shard_whose_worker_is_killed_is_made_by_another(folder: Path) -> None:
    writes = partial(writers.die_once, folder / WORK / "died")
    tasks = [ShardTask(folder / f"s{n}", partial(writes, n * "xy")) for n in range(5)]
    facts = make_all(tasks, TWO, "test")
    assert (folder / WORK / "died").exists()
    assert [fact["length"] for fact in facts] == [0, 2, 4, 6, 8]
    assert written(folder) == {f"s{n}": n * "xy" for n in range(5)}


@needs_ray
@pytest.mark.slow
def test_a_shard_whose_workers_always_die_is_named(folder: Path) -> None:
    with pytest.raises(DataError, match=r"^s can't be made, tried 3 times: "):
        make_all([ShardTask(folder / "s", partial(writers.die, "x"))], TWO, "test")
    assert written(folder) == {}


@needs_ray
@pytest.mark.slow
def test_a_failure_in_a_worker_is_told_as_here(folder: Path) -> None:
    writes = partial(writers.fail, 99, folder / WORK / "tries", "text")
    with pytest.raises(DataError) as error:
        make_all([ShardTask(folder / "s", writes)], TWO, "test")
    assert type(error.value) is DataError
    assert str(error.value) == "s can't be made, tried 3 times: [Errno 5] Input/output error"
    assert (folder / WORK / "tries").read_text() == task.TRIES * "x"


@needs_ray
@pytest.mark.slow
def test_a_node_with_another_version_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = library_versions() | {"pillow": "1.0"}
    monkeypatch.setattr(ray_tasks, "library_versions", lambda: other)
    with pytest.raises(DataError, match=r"^node \S+ has pillow \S+, expected 1\.0 as here$"):
        make_all([ShardTask(folder / "s", partial(writers.write, "x"))], TWO, "test")


@needs_ray
@pytest.mark.slow
def test_a_node_of_a_cluster_that_is_joined_may_die(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ray.cluster_utils import Cluster

    cluster = Cluster()
    try:
        for name in ("first", "second"):
            cluster.add_node(num_cpus=1, object_store_memory=80 << 20, env_vars={"NODE": name})
        monkeypatch.setenv(ADDRESS, cluster.address)
        writes = partial(writers.kill_node_once, "second", folder / WORK / "died")
        tasks = [ShardTask(folder / f"s{n}", partial(writes, n * "xy")) for n in range(8)]
        make_all(tasks, TWO, "test")
    finally:
        cluster.shutdown()
    assert (folder / WORK / "died").exists()
    assert written(folder) == {f"s{n}": n * "xy" for n in range(8)}
