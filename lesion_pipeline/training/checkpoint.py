"""Resume a training that was interrupted.

The state is kept in a folder that git ignores and DVC doesn't track, because DVC empties a stage's
outputs before it runs the stage. It is found again by a key (resume.py); when anything that
training depends on changes, training starts anew.
"""

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.core.files import whole_file

STATE: Final = "state.npz"
SECONDS = 5.0  # of training that a crash may cost where epochs are short
SHARE: Final = 0.02  # the most of the time that saving may take there
_FACTS: Final = "facts"


@dataclass(frozen=True)
class TrainingState:
    """The state of a training between two epochs.

    Attributes:
        facts: what fits JSON: `phase` and `epoch` from which to resume, the record so far.
        groups: lists of arrays by name.
    """

    facts: dict[str, Any]
    groups: dict[str, list[NDArray[Any]]]


@dataclass(frozen=True)
class Checkpoint:
    """Where the state of one training is kept.

    Attributes:
        folder: of this training alone; beside it are those of others.
    """

    folder: Path

    def part(self, name: str) -> "CheckpointPart":
        """Return where the state of a part of this training is kept, such as a member's."""
        return CheckpointPart(self.folder / name, self._whole())

    def save(self, state: TrainingState) -> None:
        """Write a state; the states of other trainings are deleted."""
        for other in self._whole().parent.glob("*"):
            if other != self._whole():
                shutil.rmtree(other)
        arrays: dict[str, Any] = {
            f"{name}-{place}": array
            for name, group in state.groups.items()
            for place, array in enumerate(group)
        }
        arrays[_FACTS] = np.frombuffer(json.dumps(state.facts).encode(), np.uint8)
        with whole_file(self.folder / STATE) as partial, partial.open("wb") as file:
            np.savez(file, **arrays)

    def load(self) -> TrainingState | None:
        """Return the state that was saved last, or None."""
        if not (self.folder / STATE).is_file():
            return None
        groups: dict[str, list[NDArray[Any]]] = {}
        with np.load(self.folder / STATE, allow_pickle=False) as arrays:
            facts: dict[str, Any] = json.loads(arrays[_FACTS].tobytes())
            for key in arrays.files:
                if key != _FACTS:
                    groups.setdefault(key.rsplit("-", 1)[0], []).append(arrays[key])
        return TrainingState(facts, groups)

    def clear(self) -> None:
        """Delete the state: the training has ended."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _whole(self) -> Path:
        """Return the folder of the whole training; what lies beside it is of others."""
        return self.folder


@dataclass(frozen=True)
class CheckpointPart(Checkpoint):
    """Where the state of a part of a training is kept; the other parts' states stay.

    Attributes:
        whole: the folder of the whole training.
    """

    whole: Path

    def _whole(self) -> Path:
        return self.whole


class SavingTimes:
    """Decides when to save a training whose epochs are short.

    The clock decides only whether a state is saved, never what is computed.
    """

    def __init__(self) -> None:
        """Begin with the start of the training."""
        self._last, self._took = time.monotonic(), 0.0

    def due(self) -> bool:
        """Return whether SECONDS have passed since the last time, and saving stays below SHARE."""
        passed = time.monotonic() - self._last
        return passed >= max(SECONDS, self._took / SHARE)

    @contextmanager
    def saving(self) -> Iterator[None]:
        """Measure how long saving takes."""
        start = time.monotonic()
        yield
        self._last = time.monotonic()
        self._took = self._last - start
