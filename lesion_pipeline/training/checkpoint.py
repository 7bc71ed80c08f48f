"""Going on with a training that was interrupted.

The state lies in a folder that git ignores and DVC doesn't know, because DVC empties a stage's
outputs before it runs it. It is found again by a fingerprint of everything that training depends
on: its parameters, its code, the versions of its libraries, and its input files. When one of them
changes, training starts anew.
"""

import hashlib
import json
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.core.files import whole_file
from lesion_pipeline.core.params import Section
from lesion_pipeline.tf import keras, tf

STATE: Final = "state.npz"
_FACTS: Final = "facts"


@dataclass(frozen=True)
class Left:
    """What an interrupted training left.

    Attributes:
        facts: where it was, and all it had seen.
        groups: lists of arrays by name.
    """

    facts: dict[str, Any]
    groups: dict[str, list[NDArray[Any]]]


@dataclass(frozen=True)
class Checkpoint:
    """Where the state of one training is kept.

    Attributes:
        folder: its own folder; beside it lie those of other trainings.
    """

    folder: Path

    def save(self, facts: dict[str, Any], groups: dict[str, list[NDArray[Any]]]) -> None:
        """Keep JSON-able facts and groups of arrays; the states of other trainings go."""
        for other in self.folder.parent.glob("*"):
            if other != self.folder:
                shutil.rmtree(other)
        arrays: dict[str, Any] = {
            f"{name}-{place}": array
            for name, group in groups.items()
            for place, array in enumerate(group)
        }
        arrays[_FACTS] = np.frombuffer(json.dumps(facts).encode(), np.uint8)
        with whole_file(self.folder / STATE) as partial, partial.open("wb") as file:
            np.savez(file, **arrays)

    def load(self) -> "Left | None":
        """Give what was kept last, if there is something."""
        if not (self.folder / STATE).is_file():
            return None
        groups: dict[str, list[NDArray[Any]]] = {}
        with np.load(self.folder / STATE, allow_pickle=False) as arrays:
            facts: dict[str, Any] = json.loads(arrays[_FACTS].tobytes())
            for key in arrays.files:
                if key != _FACTS:
                    groups.setdefault(key.rsplit("-", 1)[0], []).append(arrays[key])
        return Left(facts, groups)

    def clear(self) -> None:
        """Forget it: the training has come to its end."""
        shutil.rmtree(self.folder, ignore_errors=True)


def fingerprint(params: Iterable[Section | str], inputs: Iterable[Path]) -> str:
    """Name a training by all that it depends on.

    Args:
        params: its parameters.
        inputs: folders it reads. Of a file count its name, size and time of last change, to the
            nanosecond: reading gigabytes at each start would cost more than it gives.

    Returns:
        Hexadecimal digits that fit a file name.
    """
    parts = [repr(part) for part in params]
    parts += [sys.version, tf.__version__, keras.__version__, np.__version__]
    for folder in inputs:
        for path in sorted(folder.rglob("*")):
            facts = path.stat()
            parts.append(f"{path.name} {facts.st_size} {facts.st_mtime_ns}")
    digest = hashlib.sha256("\n".join(parts).encode())
    for path in _own_code():
        digest.update(path.read_bytes())
    return digest.hexdigest()[:32]


def _own_code() -> list[Path]:
    package = __name__.split(".")[0]
    modules = [module for name, module in sys.modules.items() if name.split(".")[0] == package]
    return sorted(Path(module.__file__) for module in modules if module.__file__)
