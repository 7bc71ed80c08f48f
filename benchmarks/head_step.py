"""What compiling the update of the weights brings: a training step of the head, with and without.

    python benchmarks/head_step.py

The head of the defaults on random features, as many as EfficientNet-Lite0's stages give.
"""

import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from lesion_pipeline.core.params import load_params
from lesion_pipeline.tf import deterministic, tf
from lesion_pipeline.training.head import build_head
from lesion_pipeline.training.phases import make_loss, make_optimizer
from lesion_pipeline.training.train import TrainParams
from lesion_pipeline.training.trainer import Fit, Means

FEATURES, CLASSES, STEPS = 6176, 7, 100


class RandomBatches:
    """The same random batch over and over."""

    def __init__(self, size: int) -> None:
        """Draw it."""
        generator = np.random.default_rng(1)
        features = generator.normal(size=(size, FEATURES)).astype(np.float32)
        truth = np.eye(CLASSES, dtype=np.float32)[generator.integers(CLASSES, size=size)]
        self._batch = tf.constant(features), truth, np.ones(size, np.float32)
        self.steps = STEPS

    def epoch(self, number: int) -> Iterator[Any]:
        """Give the batches of an epoch."""
        return iter([self._batch] * self.steps)

    def val(self) -> Iterator[Any]:
        """There is none."""
        return iter(())


def milliseconds(params: TrainParams, size: int, compiled: bool) -> float:
    """Time a step, in the mean over an epoch after a first one."""
    deterministic(params.seed)
    head = build_head(FEATURES, params.head, "diagnosis")
    recipe = params.model_copy(update={"batch_size": size})
    optimizer = make_optimizer(recipe, STEPS, params.weight_decay, params.warmup_epochs)
    loss = make_loss("diagnosis", params.label_smoothing)
    means = Means(optimizer, loss, params.averaging, params.batch_parts)
    fit = Fit(head, RandomBatches(size), means)
    if not compiled:
        fit._update = fit._move
    fit.epoch(0, iter)
    start = time.perf_counter()
    fit.epoch(1, iter)
    return (time.perf_counter() - start) / STEPS * 1000


def main() -> None:
    """Print a row for each size of a batch."""
    params = load_params("train", TrainParams)
    print("| batch | plain update, ms a step | compiled, ms a step | ratio |\n|---|---|---|---|")
    for size in (64, 128):
        plain, compiled = (milliseconds(params, size, kind) for kind in (False, True))
        print(f"| {size} | {plain:.1f} | {compiled:.1f} | {plain / compiled:.2f} |")


if __name__ == "__main__":
    main()
