"""The trials of a search on disk: one file, to which several machines may append.

Optuna proposes (ask and tell) and keeps what became of each trial in its journal. A trial is
finished by one line of the journal, so a search can be killed at any time.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import FrozenTrial, Trial, TrialState

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.search.owner import gone, this_owner
from lesion_pipeline.search.params import RISES, SearchParams
from lesion_pipeline.search.record import COMPLETE, FAILED, PRUNED, RUNNING, Figures, TrialRecord
from lesion_pipeline.search.samplers import distribution, make_pruner, make_sampler
from lesion_pipeline.search.space import Axis, chosen_values
from lesion_pipeline.search.tree import Values

JOURNAL: Final = "journal.log"
_NAME: Final = "search"
_STATES: Final = {
    TrialState.COMPLETE: COMPLETE, TrialState.PRUNED: PRUNED, TrialState.FAIL: FAILED,
    TrialState.RUNNING: RUNNING, TrialState.WAITING: RUNNING,
}  # fmt: skip
_UNOWNED: Final = 60.0  # seconds after which a trial without an owner is taken over


@dataclass(frozen=True)
class AskedTrial:
    """A trial to be run: its number, and what it changes in params.yaml."""

    number: int
    values: Values


class TrialStudy:
    """A study in a folder.

    Attributes:
        folder: where its journal is.
        params: how it is searched.
        axes: its space.
    """

    def __init__(
        self, folder: Path, params: SearchParams, axes: Sequence[Axis], settings: dict[str, str]
    ) -> None:
        """Open or begin a study.

        Args:
            folder: its own.
            params: how to search.
            axes: the space.
            settings: what must be the same in each call, in words, by name.

        Raises:
            DataError: the study was begun with other settings; names them.
        """
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self.folder, self.params, self.axes = folder, params, tuple(axes)
        folder.mkdir(parents=True, exist_ok=True)
        mend(folder / JOURNAL)
        self._study = optuna.create_study(
            storage=JournalStorage(JournalFileBackend(str(folder / JOURNAL))),
            sampler=make_sampler(params, axes),
            pruner=make_pruner(params),
            study_name=_NAME,
            direction="maximize" if RISES[params.objective] else "minimize",
            load_if_exists=True,
        )
        self._trials: dict[int, Trial] = {}
        self._check(settings)

    def created(self) -> int:
        """Return how many trials have begun, those that ended included."""
        return len(self._study.get_trials(deepcopy=False))

    def left_behind(self) -> bool:
        """Return whether a trial was begun by a process that is gone."""
        return self._stale() is not None

    def ask(self) -> AskedTrial:
        """Take over a trial that was left behind, or begin a new one."""
        stale = self._stale()
        trial = self._study.ask() if stale is None else Trial(self._study, stale._trial_id)
        trial.set_user_attr("owner", this_owner())
        for axis in self.axes:
            trial._suggest(axis.key, distribution(axis))
        self._trials[trial.number] = trial
        return AskedTrial(trial.number, chosen_values(self.axes, trial.params))

    def report(self, number: int, epoch: int, figures: Figures) -> bool:
        """Note the figures of a trial's best epoch so far; return whether it is to be pruned."""
        trial = self._trials[number]
        if epoch not in trial.storage.get_trial(trial._trial_id).intermediate_values:
            trial.report(figures[self.params.objective], epoch)
        return bool(trial.should_prune())  # may be one of numpy, which JSON has no form for

    def complete(
        self, number: int, figures: Figures, epochs: int | None, same_as: int | None = None
    ) -> None:
        """Note that a trial came to its end."""
        self._note(number, figures=figures, epochs=epochs, same_as=same_as)
        self._study.tell(self._trials.pop(number), figures[self.params.objective])

    def prune(self, number: int, figures: Figures, epochs: int, same_as: int | None = None) -> None:
        """Note that a trial was ended early; figures are those of its best epoch."""
        self._note(number, figures=figures, epochs=epochs, same_as=same_as)
        self._study.tell(self._trials.pop(number), state=TrialState.PRUNED)

    def fail(self, number: int, reason: str) -> None:
        """Note that a trial can't be run; it is not tried again."""
        self._note(number, reason=reason)
        self._study.tell(self._trials.pop(number), state=TrialState.FAIL)

    def same_before(self, asked: AskedTrial) -> TrialRecord | None:
        """Return the complete or pruned trial that ran with these values, if there is one."""
        for record in self.records():
            ended = record.state in (COMPLETE, PRUNED) and record.same_as is None
            if ended and record.number != asked.number and record.values == asked.values:
                return record
        return None

    def records(self) -> list[TrialRecord]:
        """Return all trials by number; one that has only begun may lack values."""
        return [self._record(trial) for trial in self._study.get_trials(deepcopy=False)]

    def importances(self) -> dict[str, float]:
        """Return how much each key decided, by PED-ANOVA; the greatest first, the sum is 1.

        Watanabe et al. 2023, IJCAI, doi:10.24963/ijcai.2023/488. Empty with fewer than four
        complete trials, or if all have the same figure.
        """
        done = [t for t in self._study.get_trials(deepcopy=False) if t.state is TrialState.COMPLETE]
        if len(done) < 4 or len({trial.value for trial in done}) < 2:
            return {}
        found = optuna.importance.get_param_importances(self._study)
        return {key: float(value) for key, value in found.items()}

    def _note(self, number: int, **facts: Any) -> None:
        for name, value in facts.items():
            if value is not None:
                self._trials[number].set_user_attr(name, value)

    def _record(self, trial: FrozenTrial) -> TrialRecord:
        whole = len(trial.params) == len(self.axes)
        attrs = trial.user_attrs
        return TrialRecord(
            number=trial.number,
            state=_STATES[trial.state],
            drawn=dict(trial.params),
            values=chosen_values(self.axes, trial.params) if whole else {},
            figures=attrs.get("figures", {}),
            epochs=attrs.get("epochs"),
            same_as=attrs.get("same_as"),
            reason=attrs.get("reason", ""),
        )

    def _stale(self) -> FrozenTrial | None:
        """Return the first running trial that nobody works at any more."""
        running = self._study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
        here = this_owner()["host"]
        elsewhere = any(t.user_attrs.get("owner", {}).get("host", here) != here for t in running)
        for trial in running:
            owner = trial.user_attrs.get("owner")
            mine = trial.number in self._trials
            if not mine and (gone(owner) if owner else not elsewhere or _old(trial)):
                return trial
        return None

    def _check(self, settings: dict[str, str]) -> None:
        kept = self._study.user_attrs.get("settings")
        if kept is None:
            self._study.set_user_attr("settings", settings)
            return
        changed = [name for name, value in settings.items() if kept.get(name) != value]
        if changed:
            raise DataError(
                f"{self.folder}: begun with another {', another '.join(changed)}: give this "
                "search a --name of its own, or delete the folder"
            )


def mend(journal: Path) -> None:
    """Cut off a last line that a full disk or a power cut left without an end."""
    if not journal.exists() or journal.read_bytes()[-1:] in (b"", b"\n"):
        return
    time.sleep(1)  # another machine may be writing it
    content = journal.read_bytes()
    if content[-1:] != b"\n":
        with journal.open("r+b") as file:
            file.truncate(content.rfind(b"\n") + 1)


def as_setting(content: object) -> str:
    """Return something as text that is equal only if the content is."""
    return json.dumps(content, sort_keys=True, default=str)


def _old(trial: FrozenTrial) -> bool:
    began = trial.datetime_start
    return began is None or time.time() - began.timestamp() > _UNOWNED
