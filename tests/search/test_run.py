"""Trials in real processes: nothing lost, nothing twice, one sequence, whatever is killed."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.search.jobs import Jobs
from lesion_pipeline.search.repeats import kept, repeats_of
from lesion_pipeline.search.run import RepeatRun, trial_name
from lesion_pipeline.search.space import Axis
from tests.code_deps import ROOT
from tests.search.small_runs import make_jobs, open_study, run_trials
from tests.search.tiny_search import small_tree

pytestmark = pytest.mark.slow


def process(folder: Path, views: Path, trials: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.search.small_runs", folder, views, str(trials)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in listed]


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def test_a_kill_changes_nothing(views: Path, tmp_path: Path) -> None:
    """One seed and one job: one sequence of trials, killed in the middle or not."""
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    with process(whole, views, 3) as first, process(killed, views, 3) as second:
        assert second.stdout is not None and first.stdout is not None
        assert second.stdout.readline().startswith("trial 0 (1 of 3)")
        (worker,) = children(second.pid)
        second.send_signal(signal.SIGKILL)
        second.wait()
        ended = time.monotonic() + 30
        while running(worker) and time.monotonic() < ended:
            time.sleep(0.1)
        assert not running(worker)
        with process(killed, views, 3) as third:
            assert third.stdout is not None
            lines = third.stdout.read().splitlines()
        assert first.wait() == third.returncode == 0
    assert [line.split(" (")[0] for line in lines] == ["trial 1", "trial 2"]
    one, other = (open_study(folder).records() for folder in (whole, killed))
    assert one == other
    assert [record.state for record in one] == ["complete"] * 3
    for record in one:
        name = f"{trial_name(record.number)}.csv"
        assert (whole / name).read_bytes() == (killed / name).read_bytes()


def test_two_jobs_of_which_one_dies_lose_nothing(views: Path, tmp_path: Path) -> None:
    study, said = open_study(tmp_path), []
    with make_jobs(tmp_path, views, 2) as jobs:

        def say(text: str) -> None:
            said.append(text)
            if len(said) == 1:
                busy = [job for job in jobs.all if job.task is not None]
                assert busy[0]._process is not None
                busy[0]._process.kill()

        run_trials(study, jobs, 5, say)
        best = study.records()[:2]
        repeats = repeats_of(best, 1, seed=1)
        RepeatRun(tmp_path, small_tree(), jobs, said.append).run(repeats)
    assert [record.state for record in study.records()] == ["complete"] * 5
    assert len({str(record.values) for record in study.records()}) == 5
    assert len(said) == 7
    for record, repeat in zip(best, repeats, strict=True):
        again = kept(tmp_path, repeat)
        assert again is not None and again != record.figures
    RepeatRun(tmp_path, small_tree(), Jobs(()), said.append).run(repeats)
    assert len(said) == 7


def test_a_trial_far_below_the_others_is_pruned(views: Path, tmp_path: Path) -> None:
    study = open_study(tmp_path, pruning=True, patience=1)
    for _ in range(5):
        asked, best = study.ask(), {"pr_auc": 1.0, "roc_auc": 1.0, "log_loss": 0.0}
        for epoch in (1, 2, 3):
            study.report(asked.number, epoch, best)
        study.complete(asked.number, best, 3)
    said: list[str] = []
    with make_jobs(tmp_path, views, 1) as jobs:
        run_trials(study, jobs, 6, said.append)
    record = study.records()[5]
    assert record.state == "pruned" and record.epochs is not None and record.epochs < 3
    assert "pruned after" in said[0]


def test_equal_values_run_once(views: Path, tmp_path: Path) -> None:
    study = open_study(tmp_path, (Axis("train.epochs", choices=(1, 2)),))
    said: list[str] = []
    with make_jobs(tmp_path, views, 1) as jobs:
        run_trials(study, jobs, 5, said.append)
    records = study.records()
    assert sum(record.same_as is None for record in records) == 2
    assert len(list((tmp_path / "trials").iterdir())) == 2
    assert len(said) == 5
    for record in records:
        assert record.figures == records[record.source].figures
        assert record.values == records[record.source].values


def test_a_search_that_only_fails_stops(views: Path, tmp_path: Path) -> None:
    study = open_study(tmp_path, (Axis("train.epochs", choices=tuple(range(-9, 1))),))
    with make_jobs(tmp_path, views, 1) as jobs, pytest.raises(DataError, match="3 trials in a"):
        run_trials(study, jobs, 9)
    assert [record.state for record in study.records()] == ["failed"] * 3
    assert "epochs: expected greater than" in study.records()[0].reason
