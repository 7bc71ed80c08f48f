"""Training steps, the running average of the weights, and the state to resume from."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.tf.load import tf
from lesion_pipeline.training.batches import Batches
from lesion_pipeline.training.training_copy import training_copy

# The average follows the weights quickly at first: after t steps it looks back about t / 10.
RAMP: Final = 10.0
# Compiled by XLA, an update reads and writes the weights once instead of a dozen times. What was
# compiled stays in memory until the process ends, so tests with dozens of trainings go without.
XLA = True


@dataclass(frozen=True)
class TrainingConfig:
    """How a `Trainer` trains.

    Attributes:
        optimizer: a Keras optimizer, not built yet.
        loss: from truth and logits (batch, outputs) to (batch,).
        averaging: how much of the running average of the weights a step keeps, 0 to below 1.
        batch_parts: in how many parts, side by side, a batch goes through the network; batch
            normalisation sees one part at a time.
    """

    optimizer: Any
    loss: Any
    averaging: float
    batch_parts: int


class Trainer:
    """Trains a copy of a network, and keeps in the network the average of the copy's weights.

    The average is what is scored: it is smoother than the weights of any single step (Polyak and
    Juditsky 1992, doi:10.1137/0330046).

    Attributes:
        part: the network that is trained.
        batches: what it reads.
        steps: a variable that counts the steps taken.
    """

    def __init__(self, part: Any, batches: Batches, config: TrainingConfig) -> None:
        """Begin with the weights of `part`."""
        self.part, self.batches, self._config = part, batches, config
        self._copy = training_copy(part)
        self._averages = [tf.Variable(weight) for weight in self._copy.weights]
        self.steps = tf.Variable(0.0)
        config.optimizer.build(self._copy.trainable_variables)
        inputs = part.inputs[0]
        shapes = [[None, *inputs.shape[1:]], [None, part.output.shape[1]], [None]]
        dtypes = (inputs.dtype, "float32", "float32")
        signature = [tf.TensorSpec(*pair) for pair in zip(shapes, dtypes, strict=True)]
        self._compiled_step = tf.function(self.loss_and_gradients, input_signature=signature)
        # Called from Python after the step: called within its graph, a compiled update and the
        # operations around it are not always run in one order, and the bytes vary.
        self._compiled_apply = tf.function(self.apply_gradients, jit_compile=XLA)

    def epoch(self, number: int, show: Any) -> float:
        """Train for an epoch, counted from 0, and return the mean loss.

        Args:
            number: which epoch's batches to read.
            show: passes batches on while it shows progress.
        """
        losses = [self.train_step(*batch) for batch in show(self.batches.epoch(number))]
        for weight, average in zip(self.part.weights, self._averages, strict=True):
            weight.assign(average)
        return float(np.mean(losses))

    def learning_rate(self) -> float:
        """Return the learning rate of the next step."""
        return float(self._config.optimizer.learning_rate)

    def state(self) -> list[NDArray[Any]]:
        """Return what training resumes from, the states of random generators included."""
        return [variable.numpy() for variable in self._variables()]

    def restore(self, state: list[NDArray[Any]]) -> None:
        """Resume from what `state` returned."""
        for variable, value in zip(self._variables(), state, strict=True):
            variable.assign(value)

    def train_step(self, inputs: Any, truth: Any, weights: Any) -> Any:
        """Take one step on a batch and return its loss."""
        loss, gradients = self._compiled_step(inputs, truth, weights)
        self._compiled_apply(gradients)
        return loss

    def loss_and_gradients(self, inputs: Any, truth: Any, weights: Any) -> tuple[Any, list[Any]]:
        """Return the mean loss of a batch and the gradient of each trainable weight."""
        parts, size = self._config.batch_parts, tf.shape(weights)[0]
        bounds = [size * part // parts for part in range(parts + 1)]
        found = [
            self._gradients(inputs[start:end], truth[start:end], weights[start:end])
            for start, end in pairwise(bounds)
        ]
        losses, gradients = zip(*found, strict=True)
        mean = [tf.add_n(of_weight) / parts for of_weight in zip(*gradients, strict=True)]
        return tf.add_n(losses) / parts, mean

    def apply_gradients(self, gradients: list[Any]) -> None:
        """Update the weights and their running average."""
        self._config.optimizer.apply(gradients, self._copy.trainable_variables)
        self.steps.assign_add(1.0)
        keep = tf.minimum(self._config.averaging, (1 + self.steps) / (RAMP + self.steps))
        for average, weight in zip(self._averages, self._copy.weights, strict=True):
            average.assign_sub((average - weight) * (1 - keep))

    def _gradients(self, inputs: Any, truth: Any, weights: Any) -> tuple[Any, list[Any]]:
        with tf.GradientTape() as tape:
            outputs = self._copy(inputs, training=True)
            loss = tf.reduce_mean(self._config.loss(truth, outputs) * weights)
        return loss, tape.gradient(loss, self._copy.trainable_variables)

    def _variables(self) -> Iterator[Any]:
        yield from self._copy.variables
        yield from self._config.optimizer.variables
        yield from self._averages
        yield self.steps
