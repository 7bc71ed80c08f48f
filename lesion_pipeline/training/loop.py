"""The epochs of a training, with scores and logs, and a state to resume from."""

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from lesion_pipeline.core.labels import LABEL
from lesion_pipeline.loops.progress import progress
from lesion_pipeline.tf.load import deterministic, tf
from lesion_pipeline.training.best import BestCheckpoint, score
from lesion_pipeline.training.checkpoint import Checkpoint, SavingTimes, TrainingState
from lesion_pipeline.training.head import count_trainable
from lesion_pipeline.training.phases import Phase
from lesion_pipeline.training.plan import Plan
from lesion_pipeline.training.scorer import Scorer
from lesion_pipeline.training.trainer import Trainer

Watch = Callable[[BestCheckpoint], None]  # is given the best state after each epoch


def unwatched(best: BestCheckpoint) -> None:
    """Watch nothing."""


@dataclass(frozen=True)
class TrainingLoop:
    """Trains phase by phase.

    Attributes:
        plan: data and parameters.
        model: the whole network.
        best: its best state so far, and the history.
        checkpoint: where its state is saved.
        logs: folder for TensorBoard; nothing reads it.
        watch: called after each epoch with the best state so far; what it raises ends training.
    """

    plan: Plan
    model: Any
    best: BestCheckpoint
    checkpoint: Checkpoint
    logs: Path
    watch: Watch = unwatched

    def resume(self) -> None:
        """Take up the state of an interrupted training, if there is one."""
        state = self.checkpoint.load()
        if state is None:
            shutil.rmtree(self.logs, ignore_errors=True)  # TensorBoard would draw runs as one
            return
        self.best.restore(state.facts, state.groups["best"])
        done = len(self.best.history)
        if "trainer" in state.groups:
            print(f"resuming after epoch {done}, where training was interrupted")
        else:
            print(f"{done} epochs were finished before training was interrupted")

    def run(self, phases: Iterable[Phase]) -> dict[str, int]:
        """Train the phases; skip those that were over before an interruption.

        Returns:
            By phase how many parameters it trains.
        """
        trainable = {}
        for number, phase in enumerate(phases):
            trainable[phase.name] = count_trainable(phase.part)
            state = self.checkpoint.load()
            if state is None or number >= state.facts["phase"]:
                deterministic(self.plan.params.seed + number)
                self.model.set_weights(self.best.weights)
                self._run_phase(number, phase)
        return trainable

    def _run_phase(self, number: int, phase: Phase) -> None:
        """Train a phase until its last epoch, or until its patience ends."""
        trainer = phase.trainer(self.plan.objective.loss())
        # After the trainer: new layers draw seeds, those of the trainer's dropout first.
        scorer = Scorer(phase.part)
        first = self._restore(number, trainer)
        writer = tf.summary.create_file_writer(str(self.logs / phase.name))
        times = SavingTimes()
        for epoch in range(first, phase.params.epochs):
            if self.best.epochs_since_best(phase.name) >= phase.params.patience:
                break
            figures = self._run_epoch(epoch, phase, trainer, scorer)
            with writer.as_default(step=len(self.best.history)):
                for key, value in figures.items():
                    tf.summary.scalar(key, value)
            self.watch(self.best)
            if phase.long or times.due():
                with times.saving():
                    self._save(number, epoch + 1, {"trainer": trainer.state()})
        self._save(number + 1, 0, {})

    def _run_epoch(
        self, epoch: int, phase: Phase, trainer: Trainer, scorer: Scorer
    ) -> dict[str, float]:
        """Train for one epoch, score the network on val, and update the best state."""
        name = f"{phase.name} {epoch + 1}/{phase.params.epochs}"
        show = partial(progress, total=phase.batches.steps, label=name, unit="batch")
        figures = {"loss": trainer.epoch(epoch, show if phase.long else iter)}
        outputs = scorer.outputs(phase.batches.val())
        labels = self.plan.division.held_out[LABEL].to_numpy(np.int64)
        figures |= score(phase.name, labels, outputs, self.plan.objective)
        self.best.update(phase.name, figures | {"learning_rate": trainer.learning_rate()})
        print(f"{name}: " + ", ".join(f"{key} {value:.4f}" for key, value in figures.items()))
        return figures

    def _restore(self, number: int, trainer: Trainer) -> int:
        """Restore the trainer if this phase was interrupted; return the epoch to begin with."""
        state = self.checkpoint.load()
        if state is None or state.facts["phase"] != number or "trainer" not in state.groups:
            return 0
        trainer.restore(state.groups["trainer"])
        return int(state.facts["epoch"])

    def _save(self, number: int, epoch: int, groups: dict[str, Any]) -> None:
        """Save the state in which to begin this epoch of this phase."""
        facts = {"phase": number, "epoch": epoch, **self.best.record()}
        self.checkpoint.save(TrainingState(facts, {"best": self.best.weights, **groups}))
