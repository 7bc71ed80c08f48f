"""Measure every network: images per second in a forward pass, as in `embed`, and in training.

python benchmarks/architectures.py
python benchmarks/architectures.py --arch efficientnet_b0 --arch vgg16 --size 128
python benchmarks/architectures.py --arch simple_cnn --size 64 --batch 2 --rounds 1
python benchmarks/architectures.py --write      # into docs/architectures.md, too
"""

# ruff: noqa: E402
from lesion_pipeline.core.kernels import choose_for_project

choose_for_project()  # `model.kernels` of params.yaml in this folder, before numpy

import argparse
import re
import shlex
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple
from unittest import mock

import numpy as np

from lesion_pipeline.backbones.architectures import ARCHITECTURES
from lesion_pipeline.backbones.backbone import backbone
from lesion_pipeline.core.errors import ModelError
from lesion_pipeline.core.kernels import chosen
from lesion_pipeline.core.labels import DIAGNOSES, MALIGNANT
from lesion_pipeline.core.params import load_params
from lesion_pipeline.features.cut import features_after
from lesion_pipeline.frozen.frozen_part import FrozenPart
from lesion_pipeline.loops.parallel import cores
from lesion_pipeline.networks.network import Network
from lesion_pipeline.networks.params import ModelParams
from lesion_pipeline.tf.load import keras, tf
from lesion_pipeline.training.head import build_head
from lesion_pipeline.training.objective import Objective
from lesion_pipeline.training.params import TrainParams
from lesion_pipeline.training.trainer import Trainer, TrainingConfig

PAGE = Path("docs/architectures.md")
HEADER = """| architecture | parameters of the headless network | input | weights in an installed \
package | forward, images/s | training, images/s | plain Keras training, images/s |
|---|---|---|---|---|---|---|"""
STEPS = 2  # training steps in a round


class Settings(NamedTuple):
    """What is measured: image side in pixels, batch sizes, and rounds of all measurements."""

    size: int
    forward: int
    batch: int
    rounds: int


def main() -> None:
    """Measure the networks one after the other, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--arch", action="append", choices=ARCHITECTURES, help="default: all")
    parser.add_argument("--size", type=int, default=224, help="side of the images in pixels")
    parser.add_argument("--batch", type=int, default=32, help="images per training step")
    parser.add_argument("--rounds", type=int, default=2, help="after one that isn't measured")
    parser.add_argument("--write", action="store_true", help=f"put the table into {PAGE}")
    parsed = parser.parse_args()
    settings = Settings(parsed.size, parsed.batch // 2, parsed.batch, parsed.rounds)
    print(table := HEADER, flush=True)
    for arch in parsed.arch or ARCHITECTURES:
        print(row := f"| {' | '.join(_measure(arch, settings))} |", flush=True)
        table += f"\n{row}"
        keras.backend.clear_session()
    if parsed.write:
        command = f"    python {shlex.join(sys.argv)}\n\nOn {cores()} cores:\n\n"
        text = re.sub("(?s)(?<=<!-- measured -->\n).*(?=<!-- end -->)", "\0", PAGE.read_text())
        PAGE.write_text(text.replace("\0", f"{command}{table}\n"))


def _measure(arch: str, settings: Settings) -> list[str]:
    """Return the cells of a network's row."""
    bundled = ARCHITECTURES[arch].bundled
    source = (bundled.source() if bundled else None) or "none"
    pixels = f"{settings.size} x {settings.size}"
    try:
        params = ModelParams(arch=arch, weights="random", seed=1, kernels=chosen())
        headless = backbone(params, settings.size)
    except ModelError as error:
        return [arch, "", pixels, source, str(error), "", ""]
    runs = [_forward(headless, settings), _training(headless, settings)]
    with mock.patch("lesion_pipeline.training.trainer.training_copy", _plain_copy):
        runs.append(_training(headless, settings))
    # The first round is a warm-up.
    rounds = [[_seconds(run, number) for run in runs] for number in range(1 + settings.rounds)]
    images = [settings.forward * 2 * cores(), settings.batch * STEPS, settings.batch * STEPS]
    rates = [f"{rate:.1f}" for rate in images / np.mean(rounds[1:], axis=0)]
    return [arch, f"{headless.manifest.parameters:,}", pixels, source, *rates]


def _seconds(run: Callable[[int], Any], number: int) -> float:
    start = time.perf_counter()
    run(number)
    return time.perf_counter() - start


def _forward(headless: Network, settings: Settings) -> Callable[[int], Any]:
    """Return a function that runs the frozen part over batches as `embed` does."""
    part = FrozenPart(headless, "top", "multilevel", cores())
    batches = [_images(settings.forward, settings.size)] * (2 * cores())
    return lambda _: list(part.outputs(batches))


def _training(headless: Network, settings: Settings) -> Callable[[int], Any]:
    """Return a function that trains the whole network for an epoch."""
    params, size = load_params("train", TrainParams), settings.batch
    features = features_after(headless, "input", "multilevel")
    head = build_head(features.shape[-1], params.head, "diagnosis")
    weights = np.ones(len(DIAGNOSES), np.float32)
    objective = Objective("diagnosis", tuple(MALIGNANT), weights, params.label_smoothing)
    config = TrainingConfig(
        keras.optimizers.AdamW(1e-4), objective.loss(), params.averaging, batch_parts=1
    )
    truth = tf.one_hot(np.arange(size) % len(DIAGNOSES), len(DIAGNOSES))
    batch = _images(size, settings.size), truth, tf.ones(size)
    batches = SimpleNamespace(epoch=lambda number: [batch] * (STEPS if number else 1))
    trainer = Trainer(keras.Model(headless.model.input, head(features)), batches, config)
    return partial(trainer.epoch, show=iter)


def _plain_copy(model: Any) -> Any:
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    return copy


def _images(count: int, size: int) -> Any:
    drawn = np.random.default_rng(0).integers(0, 256, (count, size, size, 3), dtype=np.uint8)
    return tf.constant(drawn)


if __name__ == "__main__":
    main()
