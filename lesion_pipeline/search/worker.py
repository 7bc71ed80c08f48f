"""A job: a process that runs one trial after the other, and loads TensorFlow once for all.

It reads JSON lines from standard input and writes JSON lines to what standard output was; all that
libraries print goes to a log file.
"""

import gc
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self, TextIO

from lesion_pipeline.core.errors import PipelineError
from lesion_pipeline.core.kernels import Kernels, choose
from lesion_pipeline.memory import resident
from lesion_pipeline.search.data_paths import DataPaths

if TYPE_CHECKING:
    from lesion_pipeline.search.kept import KeptBackbone

Message = dict[str, Any]
_FOLDERS: Final = ("clone", "views", "scratch", "results")


@dataclass(frozen=True)
class JobPlaces:
    """Where a job works.

    Attributes:
        kernels: of all trials.
        clone: its clone of the repository, from which its code is, too.
        views: what trials read.
        scratch: for what a training leaves.
        results: where predictions are written.
        data: folders of a repository.
    """

    kernels: Kernels
    clone: Path
    views: Path
    scratch: Path
    results: Path
    data: DataPaths

    def text(self) -> str:
        """Return it for a command line."""
        paths = {name: str(getattr(self, name)) for name in _FOLDERS}
        data = {name: str(path) for name, path in vars(self.data).items()}
        return json.dumps({"kernels": self.kernels, **paths, "data": data})

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return what `text` gave."""
        content = json.loads(text)
        data = {name: Path(path) for name, path in content["data"].items()}
        paths = {name: Path(content[name]) for name in _FOLDERS}
        return cls(kernels=content["kernels"], data=DataPaths(**data), **paths)


class _EndedEarlyError(Exception):
    """The trial is not worth its remaining epochs."""


@dataclass(frozen=True)
class Line:
    """The line to the process that started this one."""

    incoming: TextIO
    outgoing: TextIO

    def say(self, **message: Any) -> None:
        """Send a message."""
        self.outgoing.write(json.dumps(message) + "\n")
        self.outgoing.flush()

    def orders(self) -> Iterator[Message]:
        """Yield what is received, until the other side ends."""
        for text in self.incoming:
            yield json.loads(text)

    def watch(self, epochs: int, figures: dict[str, float]) -> None:
        """Tell the figures after an epoch; end the trial if the answer asks for that."""
        self.say(kind="epoch", epochs=epochs, figures=figures)
        answer = self.incoming.readline()
        if not answer:
            os._exit(1)  # nobody waits for this trial any more
        if json.loads(answer)["stop"]:
            raise _EndedEarlyError


def run_orders(places: JobPlaces, line: Line) -> None:
    """Run the trials that are ordered, one after the other."""
    # These import TensorFlow, once the kernels are chosen.
    import lesion_pipeline.search.trial  # noqa: F401
    from lesion_pipeline.search.kept import KeptBackbone

    kept = KeptBackbone()
    line.say(kind="ready")
    gc.freeze()  # TensorFlow's modules, through which each collection would go: up to a second
    for order in line.orders():
        try:
            line.say(**_run(places, line, order, kept))
        except _EndedEarlyError:
            line.say(kind="pruned")
        except (PipelineError, OSError, ValueError) as error:
            line.say(kind="failed", reason=str(error) or type(error).__name__)


def _run(places: JobPlaces, line: Line, order: Message, kept: "KeptBackbone") -> Message:
    # These import TensorFlow, once the kernels are chosen.
    from lesion_pipeline.core.files import write_csv
    from lesion_pipeline.search.prepare import prepared
    from lesion_pipeline.search.trial import run_trial

    data = prepared(order["tree"], places.clone, places.views, places.data)
    outcome = run_trial(order["tree"], data, places.scratch, line.watch, kept)
    write_csv(places.results / f"{order['name']}.csv", outcome.predictions)
    return {
        "kind": "done", "figures": outcome.figures, "epochs": outcome.epochs,
        "resident": resident(),
    }  # fmt: skip


def main() -> None:
    """Run as `python -m lesion_pipeline.search.worker PLACES`."""
    places = JobPlaces.parse(sys.argv[1])
    choose(places.kernels)
    outgoing = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    run_orders(places, Line(sys.stdin, outgoing))


if __name__ == "__main__":
    main()
