"""What is told while a search runs: the best so far, and the time left."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from lesion_pipeline.revisions.pending import duration
from lesion_pipeline.search.params import RISES, TITLES, ObjectiveName, SearchParams
from lesion_pipeline.search.record import FAILED, PRUNED, TrialRecord, ranked


@dataclass
class Budget:
    """How much may be tried: trials in all calls, time in this one.

    Attributes:
        trials: in all; None: no limit.
        minutes: after which no trial begins; None: no limit.
        jobs: at work side by side.
    """

    trials: int | None
    minutes: float | None
    jobs: int
    _began: float = field(default_factory=lambda: time.monotonic())
    _ended: int = 0  # in this call

    def in_time(self) -> bool:
        """Return whether a trial may still begin."""
        return self.minutes is None or time.monotonic() - self._began < 60 * self.minutes

    def ended(self) -> None:
        """Count a trial that ended."""
        self._ended += 1

    def left(self, done: int) -> float | None:
        """Return the seconds left, by the trials so far; None if that can't be told."""
        passed = time.monotonic() - self._began
        guesses = []
        if self.trials is not None and self._ended:
            guesses.append(max(self.trials - done, 0) * passed / self._ended)
        if self.minutes is not None:
            guesses.append(max(60 * self.minutes - passed, 0))
        return min(guesses) if guesses else None


@dataclass(frozen=True)
class Teller:
    """Tells each trial's end in a line.

    Attributes:
        say: prints a line.
        params: of the search.
        budget: of this call.
    """

    say: Callable[[str], None]
    params: SearchParams
    budget: Budget

    def tell(self, record: TrialRecord, records: list[TrialRecord]) -> None:
        """Tell what became of a trial, the best so far, and the time left."""
        self.budget.ended()
        objective: ObjectiveName = self.params.objective
        best = ranked(records, objective, RISES[objective])
        done = sum(each.state != "running" for each in records)
        of = f" of {self.budget.trials}" if self.budget.trials is not None else ""
        parts = [f"trial {record.number} ({done}{of}): {_became(record, objective)}"]
        if best:
            shown = f"{best[0].figures[objective]:.4f}"
            parts.append(f"best {TITLES[objective]} {shown} (trial {best[0].number})")
        left = self.budget.left(done)
        if left is not None:
            parts.append(f"{duration(left)} left")
        self.say("; ".join(parts))


def _became(record: TrialRecord, objective: ObjectiveName) -> str:
    if record.state == FAILED:
        return f"failed: {record.reason.splitlines()[0] if record.reason else 'no reason'}"
    figure = f"{record.figures[objective]:.4f}"
    if record.same_as is not None:
        return f"{figure}, as trial {record.same_as}, which has the same values"
    early = f", pruned after {record.epochs} epochs" if record.state == PRUNED else ""
    return f"{figure}{early}"
