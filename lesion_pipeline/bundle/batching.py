"""A network that is ready to run: what it takes and gives, and how its batches are cut."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.loops.parallel import in_order

# From uint8 RGB (images, size, size, 3), 0 to 255, to float32 probabilities (images, outputs).
Runtime = Callable[[NDArray[np.uint8]], NDArray[np.float32]]


def in_batches(run: Runtime, batch: int, workers: int) -> Runtime:
    """Return a runtime that cuts its images into batches.

    Args:
        run: the network.
        batch: images in a batch.
        workers: batches in the network at a time.
    """

    def predict(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        parts = (images[start : start + batch] for start in range(0, len(images), batch))
        return np.concatenate(list(in_order(run, parts, workers)))

    return predict
