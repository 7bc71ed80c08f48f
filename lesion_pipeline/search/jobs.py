"""The processes that run trials: started, given trials, listened to, replaced, ended."""

import json
import selectors
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from lesion_pipeline.search.clones import end_with_parent
from lesion_pipeline.search.tree import Tree
from lesion_pipeline.search.worker import JobPlaces, Message

DIED: Final = "died"
# TensorFlow keeps what XLA compiled until the process ends: some 40 MB for each trial.
MOST_GROWTH: Final = 2 << 30  # bytes, above the memory after the first trial


@dataclass
class Job:
    """A process that runs trials.

    Attributes:
        places: where it works.
        log: file for what its libraries print.
        task: what it runs, as `give` was told; None: nothing.
    """

    places: JobPlaces
    log: Path
    task: Any = None
    _process: "subprocess.Popen[str] | None" = None
    _first: int = field(default=0)

    def start(self) -> None:
        """Start the process, or start it anew."""
        self.end()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("a") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "lesion_pipeline.search.worker", self.places.text()],
                cwd=self.places.clone, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                text=True, start_new_session=True, preexec_fn=end_with_parent,
            )  # fmt: skip
        self._first = 0

    def give(self, task: Any, name: str, tree: Tree) -> None:
        """Let it run a trial; its predictions go to a file of this name."""
        self.task = task
        self.send({"name": name, "tree": tree})

    def send(self, message: Message) -> None:
        """Send a message; one that is dead is noticed when it is listened to."""
        with suppress(OSError):
            self._pipe("stdin").write(json.dumps(message) + "\n")
            self._pipe("stdin").flush()

    def receive(self) -> Message:
        """Return the next message, of the kind DIED if there will be none."""
        text = self._pipe("stdout").readline()
        message: Message = json.loads(text) if text.endswith("\n") else {"kind": DIED}
        if message["kind"] == "done":
            self._first = self._first or message["resident"]
            if message["resident"] - self._first > MOST_GROWTH:
                self.start()
        return message

    def fileno(self) -> int:
        """Return what is listened to."""
        return int(self._pipe("stdout").fileno())

    def end(self) -> None:
        """End the process, at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    with suppress(OSError):
                        pipe.close()
            self._process = None

    def _pipe(self, name: str) -> Any:
        return getattr(self._process, name)


@dataclass(frozen=True)
class Jobs:
    """All jobs of one call; a context manager that starts and ends them."""

    all: tuple[Job, ...]

    def __enter__(self) -> Self:
        """Start them."""
        for job in self.all:
            job.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        """End them."""
        for job in self.all:
            job.end()

    def next_message(self) -> tuple[Job, Message]:
        """Wait for a message of any job."""
        with selectors.DefaultSelector() as selector:
            for each in self.all:
                selector.register(each, selectors.EVENT_READ, each)
            key, _ = selector.select()[0]
        job: Job = key.data
        return job, job.receive()

    def idle(self) -> Iterable[Job]:
        """Return those that run nothing."""
        return [job for job in self.all if job.task is None]
