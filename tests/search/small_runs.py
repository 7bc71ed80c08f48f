"""Runs of a few small trials, without DVC: in this process, or in one that may be killed."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lesion_pipeline.search.jobs import Job, Jobs
from lesion_pipeline.search.progress import Budget, Teller
from lesion_pipeline.search.run import TrialRun
from lesion_pipeline.search.space import Axis
from lesion_pipeline.search.study import TrialStudy
from lesion_pipeline.search.worker import JobPlaces
from tests.code_deps import ROOT
from tests.search.tiny_search import AXES, SETTINGS, data_paths, params, small_tree


def make_jobs(folder: Path, views: Path, count: int) -> Jobs:
    """Jobs that find their view."""

    def job(number: int) -> Job:
        scratch = folder / f"job-{number}"
        places = JobPlaces("portable", ROOT, views, scratch, folder, data_paths())
        return Job(places, scratch / "log.txt")

    return Jobs(tuple(job(number) for number in range(count)))


def open_study(folder: Path, axes: tuple[Axis, ...] = AXES, **changes: Any) -> TrialStudy:
    """The study in a folder; `changes` are of how to search."""
    return TrialStudy(folder, params(**changes), axes, SETTINGS)


def run_trials(
    study: TrialStudy, jobs: Jobs, trials: int, say: Callable[[str], Any] = print
) -> None:
    """Run trials until there are so many."""
    teller = Teller(say, study.params, Budget(trials, None, len(jobs.all)))
    TrialRun(study, small_tree(), jobs, teller).run()


if __name__ == "__main__":
    target, made = Path(sys.argv[1]), Path(sys.argv[2])
    with make_jobs(target, made, 1) as one:
        run_trials(open_study(target), one, int(sys.argv[3]), lambda text: print(text, flush=True))
