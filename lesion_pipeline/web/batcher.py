"""Threads that run the network on whatever images are waiting, urgent ones first."""

import threading
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.bundle.batching import Runtime

MOST: Final = (
    4  # images in a batch: larger ones are hardly quicker, and who comes next waits longer
)

Images = NDArray[np.uint8]  # (images, size, size, 3)
Answers = Future[NDArray[np.float32]]  # of (images, outputs)


@dataclass
class Waiting:
    """Images that belong together, and where their outputs go."""

    images: Images
    answer: Answers = field(default_factory=Future)


class Batcher:
    """Joins what has come in while the network was busy into its next batch.

    Nobody waits for a batch to fill: an idle network starts with the first image. The outputs of
    an image don't depend on what it is joined with.

    Attributes:
        batches: that have been run.
        images: that were in them.
    """

    def __init__(self, run: Runtime, workers: int) -> None:
        """Start `workers` threads, each with a batch of its own; `run` is the network."""
        self._run = run
        self._urgent: deque[Waiting] = deque()
        self._patient: deque[Waiting] = deque()
        self._changed = threading.Condition()
        self._closing = False
        self.batches = self.images = 0
        self._threads = [
            threading.Thread(target=self._work, name="network", daemon=True) for _ in range(workers)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, images: Images, patient: bool = False) -> Answers:
        """Have images run; those of a patient caller wait until no others do.

        Args:
            images: uint8 (images, size, size, 3), at most MOST of them.
            patient: whether others go first.
        """
        waiting = Waiting(images)
        with self._changed:
            (self._patient if patient else self._urgent).append(waiting)
            self._changed.notify()
        return waiting.answer

    def close(self) -> None:
        """Run what is waiting, and end the threads."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while batch := self._next():
            live = [each for each in batch if each.answer.set_running_or_notify_cancel()]
            if live:
                self._answer(live)

    def _next(self) -> list[Waiting]:
        """Wait for work; an empty list when there will be no more."""
        with self._changed:
            while not (self._urgent or self._patient or self._closing):
                self._changed.wait()
            batch: list[Waiting] = []
            queue, size = self._urgent or self._patient, 0
            while queue and (not batch or size + len(queue[0].images) <= MOST):
                batch.append(queue.popleft())
                size += len(batch[-1].images)
            return batch

    def _answer(self, batch: list[Waiting]) -> None:
        try:
            outputs = self._run(np.concatenate([each.images for each in batch]))
        except Exception as error:  # each caller gets it, and the thread goes on
            for each in batch:
                each.answer.set_exception(error)
            return
        with self._changed:
            self.batches += 1
            self.images += len(outputs)
        ends = np.cumsum([len(each.images) for each in batch])
        for each, part in zip(batch, np.split(outputs, ends[:-1]), strict=True):
            each.answer.set_result(part)
