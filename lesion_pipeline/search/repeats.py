"""The best trials again with other seeds: which of them is best by more than luck?"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev

from lesion_pipeline.core.files import read_json, write_text
from lesion_pipeline.search.params import RISES, ObjectiveName
from lesion_pipeline.search.record import Figures, TrialRecord


@dataclass(frozen=True)
class Repeat:
    """A trial with another seed.

    Attributes:
        record: the trial.
        seed: train.seed.
    """

    record: TrialRecord
    seed: int

    @property
    def name(self) -> str:
        """Where its predictions and figures are kept, in the folder of the study."""
        return f"repeats/{self.record.number}-seed{self.seed}"


@dataclass(frozen=True)
class Repeated:
    """A trial with its repeats.

    Attributes:
        record: the trial.
        figures: of the objective, the trial's own first.
    """

    record: TrialRecord
    figures: tuple[float, ...]

    @property
    def mean(self) -> float:
        """The mean over seeds."""
        return mean(self.figures)

    @property
    def spread(self) -> float | None:
        """The standard deviation over seeds; None for a single one."""
        return stdev(self.figures) if len(self.figures) > 1 else None


def repeats_of(
    records: Sequence[TrialRecord], count: int, seed: int, members: int = 1
) -> list[Repeat]:
    """Return the repeats of some trials, with the seeds after those that all trials have.

    Args:
        records: the trials.
        count: how often each.
        seed: train.seed of all trials.
        members: train.seeds: a trial has that many seeds, one after the other.
    """
    seeds = [seed + members * (more + 1) for more in range(count)]
    return [Repeat(record, other) for other in seeds for record in records]


def keep(folder: Path, repeat: Repeat, figures: Figures) -> None:
    """Note the figures of a repeat, in full."""
    write_text(folder / f"{repeat.name}.json", json.dumps(figures, indent=2) + "\n")


def kept(folder: Path, repeat: Repeat) -> Figures | None:
    """Return the figures of a repeat that has run."""
    path = folder / f"{repeat.name}.json"
    return {key: float(value) for key, value in read_json(path).items()} if path.exists() else None


def by_mean(
    folder: Path, records: Sequence[TrialRecord], repeats: Sequence[Repeat],
    objective: ObjectiveName,
) -> list[Repeated]:  # fmt: skip
    """Return the trials by the mean over their seeds, the best first, of equals the first."""
    found = []
    for record in records:
        own = [kept(folder, repeat) for repeat in repeats if repeat.record == record]
        figures = [record.figures, *(each for each in own if each is not None)]
        found.append(Repeated(record, tuple(each[objective] for each in figures)))
    return sorted(found, key=lambda each: each.mean, reverse=RISES[objective])
