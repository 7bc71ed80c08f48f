"""A phase of training under way: steps, the running average of the weights, and its whole state."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.parallel import in_order
from lesion_pipeline.tf import tf
from lesion_pipeline.training.batches import Batches
from lesion_pipeline.training.fused import training_twin

# The average follows the weights quickly at first: after t steps it looks back t / 10 or so.
RAMP = 10.0


@dataclass(frozen=True)
class Means:
    """What a phase is run with.

    Attributes:
        optimizer: of Keras, not built yet.
        loss: from truth and probabilities (batch, outputs) to (batch,).
        averaging: how much of the running average of the weights a step keeps, 0 to below 1.
        batch_parts: in how many parts, side by side, a batch goes through the network; batch
            normalisation sees one part at a time.
    """

    optimizer: Any
    loss: Any
    averaging: float
    batch_parts: int


class Fit:
    """Trains a quicker copy of a network, and keeps in the network the average of the copy.

    The average is what is scored: it is smoother than the weights of any one step (Polyak and
    Juditsky 1992, doi:10.1137/0330046).

    Attributes:
        part: the network that is trained.
        batches: what it reads.
    """

    def __init__(self, part: Any, batches: Batches, means: Means) -> None:
        """Begin with the weights that `part` has."""
        self.part, self.batches = part, batches
        self._twin, self._means = training_twin(part), means
        self._averages = [tf.Variable(weight) for weight in self._twin.weights]
        self._taken = tf.Variable(0.0)  # steps
        means.optimizer.build(self._twin.trainable_variables)
        inputs = part.inputs[0]
        sizes = [[None, *inputs.shape[1:]], [None, part.output.shape[1]], [None]]
        kinds = (inputs.dtype, "float32", "float32")
        signature = [tf.TensorSpec(*pair) for pair in zip(sizes, kinds, strict=True)]
        self._step = tf.function(self._take, input_signature=signature)
        # Compiled, it goes over the weights once instead of a dozen times.
        self._update = tf.function(self._move, jit_compile=True)

    def epoch(self, number: int, show: Any) -> float:
        """Train for an epoch, counted from 0; gives the mean loss.

        Args:
            number: which epoch's batches to read.
            show: passes batches on while it shows progress.
        """
        losses = [self._step(*batch) for batch in show(self.batches.epoch(number))]
        for weight, average in zip(self.part.weights, self._averages, strict=True):
            weight.assign(average)
        return float(np.mean(losses))

    def rate(self) -> float:
        """Give the learning rate of the next step."""
        return float(self._means.optimizer.learning_rate)

    def state(self) -> list[NDArray[Any]]:
        """Give all that training goes on from, the states of random generators included."""
        return [variable.numpy() for variable in self._variables()]

    def restore(self, state: list[NDArray[Any]]) -> None:
        """Go on from what `state` gave."""
        for variable, value in zip(self._variables(), state, strict=True):
            variable.assign(value)

    def _variables(self) -> Iterator[Any]:
        yield from self._twin.variables
        yield from self._means.optimizer.variables
        yield from self._averages
        yield self._taken

    def _take(self, inputs: Any, truth: Any, weights: Any) -> Any:
        parts, size = self._means.batch_parts, tf.shape(weights)[0]
        bounds = [size * part // parts for part in range(parts + 1)]
        found = [
            self._gradients(inputs[start:end], truth[start:end], weights[start:end])
            for start, end in pairwise(bounds)
        ]
        losses, gradients = zip(*found, strict=True)
        mean = [tf.add_n(of_one) / parts for of_one in zip(*gradients, strict=True)]
        self._update(mean)
        return tf.add_n(losses) / parts

    def _move(self, gradients: list[Any]) -> None:
        self._means.optimizer.apply(gradients, self._twin.trainable_variables)
        self._taken.assign_add(1.0)
        keep = tf.minimum(self._means.averaging, (1 + self._taken) / (RAMP + self._taken))
        for average, weight in zip(self._averages, self._twin.weights, strict=True):
            average.assign_sub((average - weight) * (1 - keep))

    def _gradients(self, inputs: Any, truth: Any, weights: Any) -> tuple[Any, list[Any]]:
        with tf.GradientTape() as tape:
            said = self._twin(inputs, training=True)
            loss = tf.reduce_mean(self._means.loss(truth, said) * weights)
        return loss, tape.gradient(loss, self._twin.trainable_variables)


def outputs_of(model: Any, batches: Iterator[Any], workers: int) -> NDArray[np.float32]:
    """Run a network over batches; gives float32 (images, outputs) in order.

    Args:
        model: a Keras model.
        batches: its inputs.
        workers: batches in the network at a time.
    """
    said = in_order(tf.function(partial(model, training=False)), batches, workers)
    return np.concatenate([batch.numpy() for batch in said])
