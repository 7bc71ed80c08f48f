import threading

import numpy as np
import pytest
from numpy.typing import NDArray

from lesion_pipeline.web.batcher import MOST, Batcher


class Slow:
    """A network that notes its batches and begins when it is let."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.began = threading.Event()
        self.batches: list[list[int]] = []

    def __call__(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        self.began.set()
        self.go.wait(10)
        self.batches.append([int(image[0, 0, 0]) for image in images])
        return images[:, 0, 0, :1].astype(np.float32)


def image(*values: int) -> NDArray[np.uint8]:
    return np.stack([np.full((2, 2, 3), value, np.uint8) for value in values])


def test_what_waits_is_joined_and_each_gets_its_own() -> None:
    network = Slow()
    batcher = Batcher(network, 1)
    first = batcher.submit(image(1))
    network.began.wait(10)
    answers = [batcher.submit(image(value)) for value in range(2, 13)]
    network.go.set()
    assert [float(each.result(10)[0, 0]) for each in (first, *answers)] == list(range(1, 13))
    assert network.batches == [[1], [2, 3, 4, 5], [6, 7, 8, 9], [10, 11, 12]]
    assert (batcher.batches, batcher.images) == (4, 12)
    batcher.close()


def test_patient_images_wait_for_urgent_ones() -> None:
    network = Slow()
    batcher = Batcher(network, 1)
    batcher.submit(image(1))
    network.began.wait(10)
    patient = batcher.submit(image(*range(10, 10 + MOST)), patient=True)
    urgent = batcher.submit(image(2, 3))
    network.go.set()
    urgent.result(10), patient.result(10)
    assert network.batches[1:] == [[2, 3], list(range(10, 10 + MOST))]
    batcher.close()


def test_an_error_reaches_the_callers_and_the_thread_goes_on() -> None:
    def broken(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        if images[0, 0, 0, 0] == 1:
            raise RuntimeError("broken")
        return np.ones((len(images), 1), np.float32)

    batcher = Batcher(broken, 1)
    with pytest.raises(RuntimeError, match="broken"):
        batcher.submit(image(1)).result(10)
    assert batcher.submit(image(2)).result(10).shape == (1, 1)
    batcher.close()


def test_what_nobody_waits_for_any_more_is_not_run_and_closing_runs_the_rest() -> None:
    network = Slow()
    batcher = Batcher(network, 1)
    batcher.submit(image(1))
    network.began.wait(10)
    given_up, rest = batcher.submit(image(2)), batcher.submit(image(3))
    given_up.cancel()
    network.go.set()
    batcher.close()
    assert rest.done() and network.batches == [[1], [3]]


def test_several_batches_run_at_a_time() -> None:
    together = threading.Barrier(2)

    def network(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        together.wait(10)  # a batch alone would wait in vain
        return images[:, 0, 0, :1].astype(np.float32)

    batcher = Batcher(network, 2)
    answers = [batcher.submit(image(*range(n, n + MOST))) for n in (1, 11)]
    assert [float(each.result(20)[0, 0]) for each in answers] == [1, 11]
    batcher.close()
