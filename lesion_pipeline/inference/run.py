"""Run a network over batches."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.loops.parallel import in_order
from lesion_pipeline.tf.load import tf


def run_network(model: Any, batches: Iterator[Any], workers: int) -> NDArray[np.float32]:
    """Return a network's outputs, float32 (images, outputs), in the order of the batches.

    Args:
        model: a Keras model.
        batches: its inputs.
        workers: batches in the network at a time.
    """
    return run_traced(traced(model), batches, workers)


def traced(model: Any) -> Callable[[Any], Any]:
    """Return a Keras model as a function for inference, traced once for each shape of a batch.

    It sees the weights that the model has when it is called.
    """
    function: Callable[[Any], Any] = tf.function(partial(model, training=False))
    return function


def run_traced(
    function: Callable[[Any], Any], batches: Iterator[Any], workers: int
) -> NDArray[np.float32]:
    """Return what `run_network` does, of what `traced` returned."""
    outputs = in_order(function, batches, workers)
    return np.concatenate([batch.numpy() for batch in outputs])
