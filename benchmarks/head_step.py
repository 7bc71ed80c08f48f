"""Time a training step of the head, with its update of the weights compiled and not compiled.

    python benchmarks/head_step.py
    python benchmarks/head_step.py --batch 8 --steps 2 --features 64

The head of params.yaml on random features, as many as EfficientNet-Lite0's stages give.
"""

# ruff: noqa: E402
from lesion_pipeline.core.kernels import choose_for_project

choose_for_project()  # `model.kernels` of params.yaml in this folder, before numpy

import argparse
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from lesion_pipeline.core.labels import DIAGNOSES, MALIGNANT
from lesion_pipeline.core.params import load_params
from lesion_pipeline.tf.load import deterministic, tf
from lesion_pipeline.training.head import build_head
from lesion_pipeline.training.objective import Objective
from lesion_pipeline.training.params import TrainParams
from lesion_pipeline.training.phases import make_optimizer
from lesion_pipeline.training.trainer import Trainer, TrainingConfig

CLASSES = len(DIAGNOSES)


class RandomBatches:
    """The same random batch in every step."""

    def __init__(self, size: int, features: int, steps: int) -> None:
        """Draw the batch."""
        generator = np.random.default_rng(1)
        vectors = generator.normal(size=(size, features)).astype(np.float32)
        truth = np.eye(CLASSES, dtype=np.float32)[generator.integers(CLASSES, size=size)]
        self._batch = tf.constant(vectors), truth, np.ones(size, np.float32)
        self.steps = steps

    def epoch(self, number: int) -> Iterator[Any]:
        """Return the batches of an epoch."""
        return iter([self._batch] * self.steps)

    def val(self) -> Iterator[Any]:
        """Return no batches: nothing is scored here."""
        return iter(())


def milliseconds(batches: RandomBatches, features: int, compiled: bool) -> float:
    """Time a step: the mean over an epoch after a first one."""
    params = load_params("train", TrainParams)
    deterministic(params.seed)
    head = build_head(features, params.head, "diagnosis")
    weights = np.ones(CLASSES, np.float32)
    objective = Objective("diagnosis", tuple(MALIGNANT), weights, params.label_smoothing)
    optimizer = make_optimizer(params.first_phase(), batches.steps)
    config = TrainingConfig(optimizer, objective.loss(), params.averaging, params.batch_parts)
    trainer = Trainer(head, batches, config)
    if not compiled:
        trainer._compiled_apply = tf.function(trainer.apply_gradients)
    trainer.epoch(0, iter)
    start = time.perf_counter()
    trainer.epoch(1, iter)
    return (time.perf_counter() - start) / batches.steps * 1000


def main() -> None:
    """Print one row per batch size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=int, action="append", help="default: 64 and 128")
    parser.add_argument("--steps", type=int, default=100, help="in an epoch")
    parser.add_argument("--features", type=int, default=6176, help="length of a vector")
    parsed = parser.parse_args()
    print("| batch | plain update, ms per step | compiled, ms per step | ratio |")
    print("|---|---|---|---|")
    for size in parsed.batch or (64, 128):
        batches = RandomBatches(size, parsed.features, parsed.steps)
        plain, compiled = (milliseconds(batches, parsed.features, on) for on in (False, True))
        print(f"| {size} | {plain:.1f} | {compiled:.1f} | {plain / compiled:.2f} |")


if __name__ == "__main__":
    main()
