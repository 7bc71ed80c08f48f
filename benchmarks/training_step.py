"""Time a training step with portable batch normalisation and with TensorFlow's fused operation.

    python benchmarks/training_step.py
    python benchmarks/training_step.py --part head --steps 2 --rounds 1 --batch 8 --size 64

With the kernels of params.yaml in this folder (model.kernels). Of the head of params.yaml alone,
and of EfficientNet-Lite0 after a cut with that head, on random features and maps. Steps of both are
taken in turn, so that a busy machine slows down both.
"""

# ruff: noqa: E402
from lesion_pipeline.core.kernels import choose_for_project, chosen

choose_for_project()  # `model.kernels` of params.yaml in this folder, before numpy

import argparse
import time
from collections.abc import Iterator
from typing import Any
from unittest import mock

import numpy as np

from lesion_pipeline.backbones.backbone import backbone
from lesion_pipeline.core.labels import DIAGNOSES, MALIGNANT
from lesion_pipeline.core.params import load_params
from lesion_pipeline.features.cut import features_after, trained_part
from lesion_pipeline.networks.params import ModelParams
from lesion_pipeline.tf.load import deterministic, keras, tf
from lesion_pipeline.training.batch_norm import PortableBatchNormalization
from lesion_pipeline.training.head import build_head
from lesion_pipeline.training.objective import Objective
from lesion_pipeline.training.params import TrainParams
from lesion_pipeline.training.phases import make_optimizer
from lesion_pipeline.training.trainer import Trainer, TrainingConfig

CLASSES, CUT, FEATURES = len(DIAGNOSES), 4, 6176
NORM = "lesion_pipeline.training.training_copy.PortableBatchNormalization"


class FusedBatchNormalization(keras.layers.BatchNormalization):  # type: ignore[misc]
    """Batch normalisation of the last axis by one operation, in training."""

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Normalise (batch, channels) or (batch, rows, columns, channels), float32."""
        flat = len(inputs.shape) == 2
        image = inputs[:, None, None, :] if flat else inputs
        normalised, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=image, scale=self.gamma, offset=self.beta, mean=[], variance=[],
            epsilon=self.epsilon, is_training=True,
        )  # fmt: skip
        self.moving_mean.assign_sub((self.moving_mean - mean) * (1 - self.momentum))
        self.moving_variance.assign_sub((self.moving_variance - variance) * (1 - self.momentum))
        return normalised[:, 0, 0, :] if flat else normalised


class RandomBatches:
    """The same random batch in every step."""

    def __init__(self, shape: tuple[int, ...], batch: int, steps: int) -> None:
        """Draw the batch."""
        generator = np.random.default_rng(1)
        inputs = generator.normal(size=(batch, *shape)).astype(np.float32)
        truth = np.eye(CLASSES, dtype=np.float32)[generator.integers(CLASSES, size=batch)]
        self._batch = tf.constant(inputs), truth, np.ones(batch, np.float32)
        self.steps = steps

    def epoch(self, number: int) -> Iterator[Any]:
        """Return the batches of an epoch."""
        return iter([self._batch] * self.steps)

    def val(self) -> Iterator[Any]:
        """Return no batches: nothing is scored here."""
        return iter(())


def head_alone(size: int) -> Any:
    """Return the head of params.yaml."""
    return build_head(FEATURES, load_params("train", TrainParams).head, "diagnosis")


def after_cut(size: int) -> Any:
    """Return EfficientNet-Lite0 after the cut with the head, for images of `size`."""
    params = ModelParams(arch="efficientnet_lite0", weights="random", seed=1, kernels=chosen())
    network = backbone(params, size)
    features = features_after(network, CUT, "multilevel")
    head = build_head(features.shape[-1], load_params("train", TrainParams).head, "diagnosis")
    whole = keras.Model(network.model.input, head(features))
    return trained_part(whole, network, CUT)


PARTS = {"head": head_alone, "after_cut": after_cut}


def trainer(part: Any, batches: RandomBatches, norm: Any) -> Trainer:
    """Return what trains `part` with this kind of batch normalisation."""
    params = load_params("train", TrainParams)
    weights = np.ones(CLASSES, np.float32)
    objective = Objective("diagnosis", tuple(MALIGNANT), weights, params.label_smoothing)
    optimizer = make_optimizer(params.first_phase(), batches.steps)
    config = TrainingConfig(optimizer, objective.loss(), params.averaging, batch_parts=1)
    with mock.patch(NORM, norm):
        return Trainer(part, batches, config)


def milliseconds(trainers: list[Trainer], steps: int, rounds: int) -> list[float]:
    """Time a step of each: the shortest mean over an epoch of all rounds but the first."""
    times: list[list[float]] = [[] for _ in trainers]
    for number in range(rounds + 1):
        for each, found in zip(trainers, times, strict=True):
            start = time.perf_counter()
            each.epoch(number, iter)
            found.append((time.perf_counter() - start) / steps * 1000)
    return [min(found[1:]) for found in times]


def main() -> None:
    """Print one row per part."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", choices=PARTS, action="append", help="default: both")
    parser.add_argument("--batch", type=int, default=64, help="a quarter of it after the cut")
    parser.add_argument("--size", type=int, default=224, help="side of the images in pixels")
    parser.add_argument("--steps", type=int, default=10, help="in a round")
    parser.add_argument("--rounds", type=int, default=3, help="after one that isn't measured")
    parsed = parser.parse_args()
    print("| part | fused, ms per step | portable, ms per step | ratio |")
    print("|---|---|---|---|")
    for name in parsed.part or PARTS:
        deterministic(1)
        part = PARTS[name](parsed.size)
        size = parsed.batch if name == "head" else max(parsed.batch // 4, 1)
        batches = RandomBatches(part.input.shape[1:], size, parsed.steps)
        kinds = (FusedBatchNormalization, PortableBatchNormalization)
        trainers = [trainer(part, batches, norm) for norm in kinds]
        fused, portable = milliseconds(trainers, parsed.steps, parsed.rounds)
        print(f"| {name} | {fused:.1f} | {portable:.1f} | {portable / fused:.2f} |", flush=True)


if __name__ == "__main__":
    main()
