import os
import signal
from pathlib import Path

import pytest

from lesion_pipeline.search.jobs import DIED
from tests.search.small_runs import make_jobs
from tests.search.tiny_search import small_tree

pytestmark = pytest.mark.slow


def test_a_job_that_dies_is_noticed_and_can_be_started_anew(views: Path, tmp_path: Path) -> None:
    with make_jobs(tmp_path, views, 1) as jobs:
        (job,) = jobs.all
        assert list(jobs.idle()) == [job]
        job.give("a", "trials/0", small_tree(epochs=1))
        assert not jobs.idle()
        kinds = [jobs.next_message()[1]["kind"], jobs.next_message()[1]["kind"]]
        assert kinds == ["ready", "epoch"]
        assert job._process is not None
        os.kill(job._process.pid, signal.SIGKILL)
        assert jobs.next_message() == (job, {"kind": DIED})
        job.send({"stop": False})  # to nobody
        job.start()
        job.give("a", "trials/0", small_tree(epochs=1))
        while (message := jobs.next_message()[1])["kind"] != "done":
            job.send({"stop": False})
        assert message["epochs"] == 1
        assert (tmp_path / "trials/0.csv").exists()
        pid = job._process.pid
    assert not Path(f"/proc/{pid}").exists()


def test_a_job_whose_memory_has_grown_is_replaced(
    views: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So memory doesn't grow with the number of trials."""
    monkeypatch.setattr("lesion_pipeline.search.jobs.MOST_GROWTH", -1)
    with make_jobs(tmp_path, views, 1) as jobs:
        (job,) = jobs.all
        assert job._process is not None
        before = job._process.pid
        job.give("a", "trials/0", small_tree(epochs=1))
        while jobs.next_message()[1]["kind"] != "done":
            job.send({"stop": False})
        assert job._process.pid != before
        assert jobs.next_message()[1]["kind"] == "ready"
