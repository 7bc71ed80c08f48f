"""Runs the trials of a study, and the repeats of the best, in several jobs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.search import repeats
from lesion_pipeline.search.jobs import DIED, Job, Jobs
from lesion_pipeline.search.progress import Budget, Teller
from lesion_pipeline.search.record import COMPLETE, Figures
from lesion_pipeline.search.repeats import Repeat
from lesion_pipeline.search.study import AskedTrial, TrialStudy
from lesion_pipeline.search.tree import Tree, with_values
from lesion_pipeline.search.worker import Message

SEED: Final = "train.seed"
HOPELESS: Final = 3  # failures in a row after which the search stops


def trial_name(number: int) -> str:
    """Return where a trial's predictions are kept, in the folder of the study."""
    return f"trials/{number}"


@dataclass
class TrialRun:
    """Runs trials until the budget ends.

    Attributes:
        study: what is tried.
        base: params.yaml of all trials, but for what each changes.
        jobs: where they run.
        teller: tells each end; knows the budget.
    """

    study: TrialStudy
    base: Tree
    jobs: Jobs
    teller: Teller
    _died: set[int] = field(default_factory=set)
    _failures: int = 0
    _last: dict[int, tuple[int, Figures]] = field(default_factory=dict)

    def run(self) -> None:
        """Run them.

        Raises:
            DataError: several trials failed one after the other.
        """
        handlers: dict[str, Callable[[Job, AskedTrial, Message], None]] = {
            "epoch": self._epoch, "done": self._done, "pruned": self._pruned,
            "failed": self._failed, DIED: self._job_died,
        }  # fmt: skip
        while self._give() or any(job.task for job in self.jobs.all):
            job, message = self.jobs.next_message()
            if job.task is not None and message["kind"] in handlers:
                handlers[message["kind"]](job, job.task, message)

    def _give(self) -> bool:
        """Give idle jobs a trial; return whether any got one."""
        given = False
        for job in self.jobs.idle():
            asked = self._ask()
            if asked is None:
                break
            job.give(asked, trial_name(asked.number), with_values(self.base, asked.values))
            given = True
        return given

    def _ask(self) -> AskedTrial | None:
        """Return a trial to run; those with the values of an earlier one end at once."""
        while self._more():
            asked = self.study.ask()
            same = self.study.same_before(asked)
            if same is None:
                return asked
            if same.state == COMPLETE:
                self.study.complete(asked.number, same.figures, None, same.number)
            else:
                self.study.prune(asked.number, same.figures, same.epochs or 0, same.number)
            self._tell(asked.number)
        return None

    def _more(self) -> bool:
        budget: Budget = self.teller.budget
        if not budget.in_time():
            return False
        most = budget.trials
        return most is None or self.study.created() < most or self.study.left_behind()

    def _epoch(self, job: Job, asked: AskedTrial, message: Message) -> None:
        epochs, figures = message["epochs"], message["figures"]
        self._last[asked.number] = epochs, figures
        job.send({"stop": self.study.report(asked.number, epochs, figures)})

    def _done(self, job: Job, asked: AskedTrial, message: Message) -> None:
        job.task, self._failures = None, 0
        self.study.complete(asked.number, message["figures"], message["epochs"])
        self._tell(asked.number)

    def _pruned(self, job: Job, asked: AskedTrial, message: Message) -> None:
        job.task, self._failures = None, 0
        epochs, figures = self._last[asked.number]
        self.study.prune(asked.number, figures, epochs)
        self._tell(asked.number)

    def _failed(self, job: Job, asked: AskedTrial, message: Message) -> None:
        job.task = None
        self._failures += 1
        self.study.fail(asked.number, message["reason"])
        self._tell(asked.number)
        if self._failures == HOPELESS:
            raise DataError(
                f"{HOPELESS} trials in a row failed, the last with: {message['reason']}"
            )

    def _job_died(self, job: Job, asked: AskedTrial, message: Message) -> None:
        """Start the job anew; try its trial once more."""
        job.start()
        if asked.number in self._died:
            reason = f"its process ended twice, perhaps for want of memory; see {job.log}"
            self._failed(job, asked, {"reason": reason})
            return
        self._died.add(asked.number)
        job.give(asked, trial_name(asked.number), with_values(self.base, asked.values))

    def _tell(self, number: int) -> None:
        records = self.study.records()
        self.teller.tell(records[number], records)


@dataclass(frozen=True)
class RepeatRun:
    """Runs trials again with other seeds.

    Attributes:
        folder: of the study.
        base: params.yaml of all trials.
        jobs: where they run.
        say: prints a line.
    """

    folder: Path
    base: Tree
    jobs: Jobs
    say: Callable[[str], None]

    def run(self, wanted: Sequence[Repeat]) -> None:
        """Run those that haven't run.

        Raises:
            DataError: one failed.
        """
        waiting = [each for each in wanted if repeats.kept(self.folder, each) is None]
        while waiting or any(job.task for job in self.jobs.all):
            for job in self.jobs.idle():
                if waiting:
                    self._give(job, waiting.pop(0))
            self._handle(*self.jobs.next_message())

    def _give(self, job: Job, repeat: Repeat) -> None:
        tree = with_values(self.base, repeat.record.values | {SEED: repeat.seed})
        job.give(repeat, repeat.name, tree)

    def _handle(self, job: Job, message: Message) -> None:
        repeat: Any = job.task
        kind = message["kind"]
        if kind == "epoch":
            job.send({"stop": False})
        elif kind == "done":
            job.task = None
            repeats.keep(self.folder, repeat, message["figures"])
            self.say(f"trial {repeat.record.number} with seed {repeat.seed}: {_shown(message)}")
        elif kind in ("failed", DIED) and repeat is not None:
            raise DataError(f"{repeat.name}: {message.get('reason', f'see {job.log}')}")


def _shown(message: Message) -> str:
    return ", ".join(f"{name} {value:.4f}" for name, value in message["figures"].items())
