"""Search: try many values, compare them on val, repeat the best, make the winner an experiment."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import pandas as pd
from matplotlib.figure import Figure

from lesion_pipeline.core.errors import DataError, ParamsError
from lesion_pipeline.core.files import read_csv, write_csv, write_figures
from lesion_pipeline.core.labels import LABEL, PROBABILITY
from lesion_pipeline.scores.results import Resamples
from lesion_pipeline.search import charts
from lesion_pipeline.search.alone import alone
from lesion_pipeline.search.clones import PARAMS, Snapshot
from lesion_pipeline.search.data_paths import DataPaths
from lesion_pipeline.search.jobs import Job, Jobs
from lesion_pipeline.search.params import RISES, SearchParams
from lesion_pipeline.search.progress import Budget, Teller
from lesion_pipeline.search.record import COMPLETE, TrialRecord, ranked
from lesion_pipeline.search.repeats import Repeated, by_mean, repeats_of
from lesion_pipeline.search.run import RepeatRun, TrialRun, trial_name
from lesion_pipeline.search.settings import base_tree, read_preset, settings
from lesion_pipeline.search.space import Axis, grid_size, read_search, read_space
from lesion_pipeline.search.study import TrialStudy
from lesion_pipeline.search.tables import best_table, trial_table
from lesion_pipeline.search.ties import Difference, difference
from lesion_pipeline.search.tree import Tree, as_options
from lesion_pipeline.search.winner import Experiment, make_experiment
from lesion_pipeline.search.worker import JobPlaces

RESAMPLES: Final = Resamples(samples=2000, seed=42)


@dataclass(frozen=True)
class SearchPaths:
    """Folders and files relative to the repository.

    Attributes:
        data: what trials read.
        downloads: what `fetch` has downloaded.
        scores: what `evaluate` writes.
        logs: where searches work; git ignores it.
    """

    data: DataPaths
    downloads: Path
    scores: Path
    logs: Path


@dataclass(frozen=True)
class SearchRequest:
    """What is asked for.

    Attributes:
        space: a search file.
        preset: lines of `-S key=value` that all trials have; None: params.yaml as it is.
        name: of the search; None: of both files.
        trials: in place of the file's.
        minutes: in place of the file's.
        jobs: at work side by side.
        folder: of the study, if several machines share it; None: in SearchPaths.logs.
        experiment: make the winner an experiment.
    """

    space: Path
    preset: Path | None = None
    name: str | None = None
    trials: int | None = None
    minutes: float | None = None
    jobs: int = 1
    folder: Path | None = None
    experiment: bool = True

    @property
    def called(self) -> str:
        """The name of the search."""
        return self.name or "-".join(path.stem for path in (self.preset, self.space) if path)

    def params(self) -> SearchParams:
        """Return how to search.

        Raises:
            ParamsError: the file's section is wrong.
        """
        asked = {"trials": self.trials, "minutes": self.minutes}
        changes = {name: value for name, value in asked.items() if value is not None}
        return read_search(self.space).model_copy(update=changes)


@dataclass(frozen=True)
class SearchOutcome:
    """What a search found.

    Attributes:
        folder: of tables and charts.
        records: all trials.
        repeated: the best trials, by the mean over their seeds; the first is the winner.
        differences: of each complete trial to the best, by number.
        options: of `dvc exp run`, for the winner.
        experiment: its name; None: none was asked for.
        params: how it was searched.
    """

    folder: Path
    records: list[TrialRecord]
    repeated: list[Repeated]
    differences: dict[int, Difference]
    options: tuple[str, ...]
    experiment: str | None
    params: SearchParams

    @property
    def winner(self) -> TrialRecord:
        """The trial with the best mean over its seeds."""
        return self.repeated[0].record

    def tied(self) -> list[int]:
        """Return the trials that are as good as the best one, as far as val can tell."""
        best = next(iter(self.differences))
        found = self.differences.items()
        return [number for number, each in found if each.tied and number != best]

    def best(self) -> pd.DataFrame:
        """Return the best trials as a table of text."""
        return best_table(self.repeated, self.differences, self.params.objective)


def search(
    request: SearchRequest, paths: SearchPaths, say: Callable[[str], None] = print
) -> SearchOutcome:
    """Search, or go on with a search that was interrupted.

    Args:
        request: what is asked for.
        paths: files of the repository that contains the working directory.
        say: prints a line about the progress.

    Raises:
        ParamsError: the search file, the preset or params.yaml is wrong.
        DataError: the study was begun with other settings, trials fail, or none came to its end.
    """
    return _Search(request, paths, say).run()


@dataclass(frozen=True)
class _Search:
    request: SearchRequest
    paths: SearchPaths
    say: Callable[[str], None]

    def run(self) -> SearchOutcome:
        limits = (self.params.trials, self.params.minutes)
        if limits == (None, None) and self.params.sampler != "grid":
            raise ParamsError("search: give a number of --trials, or --minutes")
        study = TrialStudy(
            self.folder, self.params, self.axes,
            settings(self.snapshot.root, self.base, self.params, self.axes),
        )  # fmt: skip
        refusal = f"{self.work}: this search is running already"
        with alone(self.work / "lock", refusal), self._jobs() as jobs:
            TrialRun(study, self.base, jobs, self._teller()).run()
            best = self._best(study)
            train = self.base["train"]
            repeats = repeats_of(best, self.params.repeats, train["seed"], train["seeds"])
            RepeatRun(self.folder, self.base, jobs, self.say).run(repeats)
        repeated = by_mean(self.folder, best, repeats, self.params.objective)
        outcome = self._outcome(study, repeated)
        self._write(outcome, study)
        if self.request.experiment:
            self._make_experiment(outcome)
        return outcome

    @cached_property
    def params(self) -> SearchParams:
        return self.request.params()

    @cached_property
    def snapshot(self) -> Snapshot:
        return Snapshot.take()

    @cached_property
    def preset(self) -> list[str]:
        return read_preset(self.request.preset) if self.request.preset else []

    @cached_property
    def base(self) -> Tree:
        return base_tree(self.snapshot.root / PARAMS, self.preset)

    @cached_property
    def axes(self) -> tuple[Axis, ...]:
        root = self.snapshot.root
        return read_space(self.request.space, self.base, root, self.params.sampler)

    @cached_property
    def work(self) -> Path:
        return self.snapshot.root / self.paths.logs / self.request.called

    @cached_property
    def folder(self) -> Path:
        return (self.request.folder or self.work).absolute()

    def _teller(self) -> Teller:
        trials = self.params.trials
        if self.params.sampler == "grid":
            trials = min(trials or grid_size(self.axes), grid_size(self.axes))
        budget = Budget(trials, self.params.minutes, self.request.jobs)
        return Teller(self.say, self.params, budget)

    def _jobs(self) -> Jobs:
        return Jobs(tuple(self._job(number) for number in range(1, self.request.jobs + 1)))

    def _job(self, number: int) -> Job:
        clone = self.work / f"job-{number}/clone"
        self.snapshot.clone(clone, self.paths.downloads)
        places = JobPlaces(
            kernels=self.base["model"]["kernels"],
            clone=clone,
            views=self.work / "views",
            scratch=self.work / f"job-{number}",
            results=self.folder,
            data=self.paths.data,
        )
        return Job(places, self.work / f"job-{number}/log.txt")

    def _best(self, study: TrialStudy) -> list[TrialRecord]:
        objective = self.params.objective
        best = ranked(study.records(), objective, RISES[objective])[: self.params.best]
        if not best:
            raise DataError(f"{self.folder}: no trial has come to its end yet")
        return best

    def _outcome(self, study: TrialStudy, repeated: list[Repeated]) -> SearchOutcome:
        winner = repeated[0].record
        options = tuple(part for value in self.preset for part in ("-S", value))
        return SearchOutcome(
            folder=self.folder,
            records=study.records(),
            repeated=repeated,
            differences=self._differences(study.records()),
            options=(*options, *as_options(winner.values)),
            experiment=f"{self.request.called}-{winner.number}"
            if self.request.experiment
            else None,
            params=self.params,
        )

    def _differences(self, records: Sequence[TrialRecord]) -> dict[int, Difference]:
        objective = self.params.objective
        order = ranked(list(records), objective, RISES[objective])
        best = self._predictions(order[0])
        return {
            record.number: difference(best, self._predictions(record), objective, RESAMPLES)
            for record in order
        }

    def _predictions(self, record: TrialRecord) -> pd.DataFrame:
        path = self.folder / f"{trial_name(record.number)}.csv"
        types = {"image_id": "str", "lesion_id": "str", LABEL: "int64", PROBABILITY: "float64"}
        return read_csv(path, **types)

    def _write(self, outcome: SearchOutcome, study: TrialStudy) -> None:
        table = trial_table(outcome.records, self.axes, outcome.differences, outcome.repeated)
        write_csv(outcome.folder / "trials.csv", table)
        importances = study.importances()
        rows = pd.DataFrame({"key": list(importances), "importance": list(importances.values())})
        write_csv(outcome.folder / "importance.csv", rows)
        write_figures(outcome.folder, dict(self._figures(outcome, importances)), dpi=300)

    def _figures(
        self, outcome: SearchOutcome, importances: dict[str, float]
    ) -> Iterator[tuple[str, Figure]]:
        objective = self.params.objective
        records = [each for each in outcome.records if each.figures]
        yield "history", charts.search_history_chart(records, objective)
        done = [each for each in records if each.state == COMPLETE]
        yield "parallel", charts.parallel_chart(done, self.axes, objective)
        if importances:
            yield "importance", charts.importance_chart(importances, objective)

    def _make_experiment(self, outcome: SearchOutcome) -> None:
        self.say(f"running the pipeline with the values of trial {outcome.winner.number} ...")
        wanted = Experiment(str(outcome.experiment), outcome.options, outcome.winner.figures)
        clone = self.work / "winner"
        make_experiment(wanted, self.snapshot, clone, self.paths.downloads, self.paths.scores)
