"""The outputs of a network for val after each epoch."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.inference.run import run_traced, traced
from lesion_pipeline.loops.parallel import cores
from lesion_pipeline.training.folded_copy import FoldedCopy


class Scorer:
    """Runs a network, folded, with the weights that it has at the time.

    It is folded and traced once; each took longer than an epoch of a head on few images.
    """

    def __init__(self, part: Any) -> None:
        """Score `part`, a functional Keras model."""
        self._copy = FoldedCopy(part)
        self._function = traced(self._copy.model)

    def outputs(self, batches: Iterator[Any]) -> NDArray[np.float32]:
        """Return the outputs (images, outputs), of the bytes of `run_network(folded(part))`.

        Args:
            batches: inputs of the network.
        """
        self._copy.update()
        return run_traced(self._function, batches, cores())
