"""Trainings for tests: in one go, interrupted, resumed, or in a process of their own."""

import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lesion_pipeline.features.store import EmbeddingStore
from lesion_pipeline.networks.network import TrainedNetwork
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.training import trainer
from lesion_pipeline.training.checkpoint import STATE, Checkpoint, TrainingState
from lesion_pipeline.training.plan import Plan
from lesion_pipeline.training.train import train
from tests import tiny

TUNE = tiny.TRAIN.fine_tune.model_copy(update={"epochs": 4, "layers": 8})
PAUSE = (1, 1)  # phase and epoch of the state after which a process waits to be killed


@dataclass(frozen=True)
class Run:
    """A training that came to its end."""

    before: list[NDArray[np.float32]]  # weights of the backbone
    plan: Plan
    network: TrainedNetwork
    history: pd.DataFrame
    folder: Path


def run(plan: Plan, folder: Path, checkpoint: Checkpoint | None = None) -> Run:
    """Train; logs and the states to resume from are written into `folder`."""
    before = plan.backbone.model.get_weights()
    checkpoint = checkpoint or Checkpoint(folder / "unfinished/state")
    network, history = train(plan, folder / "logs", checkpoint)
    return Run(before, plan, network, history, folder)


def small_plan(records: Records, embeddings: EmbeddingStore, **changes: Any) -> Plan:
    """Plan a training of a small network of its own."""
    return tiny.make_plan(tiny.make_small_backbone(), records, embeddings, **changes)


def tuning_plan(records: Records, embeddings: EmbeddingStore, **changes: Any) -> Plan:
    """Plan two epochs of the head and four of fine-tuning."""
    return small_plan(records, embeddings, epochs=2, fine_tune=TUNE, **changes)


class PlugPulledError(Exception):
    """Training ends here for now."""


@dataclass(frozen=True)
class Interrupting(Checkpoint):
    """Interrupts training as soon as it has saved the state of this phase and epoch."""

    place: tuple[int, int]

    def save(self, state: TrainingState) -> None:
        super().save(state)
        if (state.facts["phase"], state.facts["epoch"]) == self.place:
            raise PlugPulledError


@dataclass(frozen=True)
class Recording(Checkpoint):
    """Keeps every state that training saves; those of a phase and epoch by `at`."""

    def save(self, state: TrainingState) -> None:
        super().save(state)
        target = self.at((state.facts["phase"], state.facts["epoch"])).folder
        shutil.copytree(self.folder, target)

    def at(self, place: tuple[int, int]) -> Checkpoint:
        """Return the state that an interruption just after this phase and epoch leaves."""
        phase, epoch = place
        return Checkpoint(self.folder.parent.parent / f"left-{phase}-{epoch}" / "state")


@dataclass(frozen=True)
class Pausing(Checkpoint):
    """Waits for ever at PAUSE, so that the process can be killed there."""

    def save(self, state: TrainingState) -> None:
        super().save(state)
        if (state.facts["phase"], state.facts["epoch"]) == PAUSE:
            (self.folder.parent.parent / "paused").touch()
            time.sleep(3600)


def as_a_stage(records: Path, embeddings: Path, folder: Path, pause: bool) -> None:
    """Train as the stage does; leave history and weights."""
    plan = tuning_plan(Records(records), EmbeddingStore(embeddings))
    checkpoint = (Pausing if pause else Checkpoint)(folder / "unfinished" / plan.resume_key())
    network, history = train(plan, folder / "logs", checkpoint)
    history.to_csv(folder / "history.csv", index=False)
    np.savez(folder / "weights.npz", *network.model.get_weights())
    checkpoint.clear()


def unfinished(folder: Path) -> list[Path]:
    """List the states that trainings in `folder` have left."""
    return list((folder / "unfinished").glob(f"*/{STATE}"))


if __name__ == "__main__":
    trainer.XLA = False  # as in test_loop.py
    as_a_stage(*map(Path, sys.argv[1:4]), pause=sys.argv[4] == "pause")
