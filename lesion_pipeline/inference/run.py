"""Run a network over batches."""

from collections.abc import Iterator
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
    outputs = in_order(tf.function(partial(model, training=False)), batches, workers)
    return np.concatenate([batch.numpy() for batch in outputs])
