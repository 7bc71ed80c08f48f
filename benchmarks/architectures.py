"""Measure every network: images a second forwards, as `embed` does it, and in training.

python benchmarks/architectures.py
python benchmarks/architectures.py --arch efficientnet_b0 --arch vgg16 --size 128
python benchmarks/architectures.py --write      # into docs/architectures.md, too
"""

import argparse
import re
import shlex
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import numpy as np

from lesion_pipeline.core.errors import ModelError
from lesion_pipeline.core.params import load_params
from lesion_pipeline.embedding.cut import features_after, frozen_part
from lesion_pipeline.networks.architectures import ARCHITECTURES
from lesion_pipeline.networks.backbone import backbone
from lesion_pipeline.networks.network import Network
from lesion_pipeline.networks.params import ModelParams
from lesion_pipeline.parallel import cores, in_order
from lesion_pipeline.tf import keras, tf
from lesion_pipeline.training.head import build_head
from lesion_pipeline.training.phases import make_loss
from lesion_pipeline.training.train import TrainParams
from lesion_pipeline.training.trainer import Fit, Means

PAGE = Path("docs/architectures.md")
HEADER = """| architecture | parameters of the headless network | input | weights in an installed \
package | forward, images/s | training, images/s | plain Keras training, images/s |
|---|---|---|---|---|---|---|"""
FORWARD, BATCH = 16, 32  # images in a batch
ROUNDS, STEPS = 2, 2  # rounds of all measurements in turn; training steps in a round


def main() -> None:
    """Measure the networks that are asked for, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--arch", action="append", choices=ARCHITECTURES, help="default: all")
    parser.add_argument("--size", type=int, default=224, help="side of the images in pixels")
    parser.add_argument("--write", action="store_true", help=f"put the table into {PAGE}")
    asked = parser.parse_args()
    print(table := HEADER, flush=True)
    for arch in asked.arch or ARCHITECTURES:
        print(row := f"| {' | '.join(_measure(arch, asked.size))} |", flush=True)
        table += f"\n{row}"
        keras.backend.clear_session()
    if asked.write:
        how = f"    python {shlex.join(sys.argv)}\n\nOn {cores()} cores:\n\n"
        text = re.sub("(?s)(?<=<!-- measured -->\n).*(?=<!-- end -->)", "\0", PAGE.read_text())
        PAGE.write_text(text.replace("\0", f"{how}{table}\n"))


def _measure(arch: str, size: int) -> list[str]:
    bundled = ARCHITECTURES[arch].bundled
    source = (bundled.source() if bundled else None) or "none"
    asked = ModelParams(arch=arch, weights="random", target="diagnosis", views=1, seed=1)
    try:
        headless = backbone(asked, size)
    except ModelError as error:
        return [arch, "", f"{size} x {size}", source, str(error), "", ""]
    runs = [_forward(headless, size), _training(headless, size)]
    with mock.patch("lesion_pipeline.training.trainer.training_twin", _plain_copy):
        runs.append(_training(headless, size))
    # The first round is a warm-up.
    rounds = [[_seconds(run, number) for run in runs] for number in range(1 + ROUNDS)]
    images = [FORWARD * 2 * cores(), BATCH * STEPS, BATCH * STEPS]
    rates = [f"{rate:.1f}" for rate in images / np.mean(rounds[1:], axis=0)]
    return [arch, f"{headless.manifest['parameters']:,}", f"{size} x {size}", source, *rates]


def _seconds(run: Callable[[int], Any], number: int) -> float:
    start = time.perf_counter()
    run(number)
    return time.perf_counter() - start


def _forward(headless: Network, size: int) -> Callable[[int], Any]:
    """Give a function that runs the frozen part over batches as `embed` does."""
    model = frozen_part(headless, "top", "multilevel")
    kind = tf.TensorSpec(model.input.shape, tf.uint8)
    network = tf.function(partial(model, training=False), input_signature=[kind])
    batches = [_images(FORWARD, size)] * (2 * cores())
    return lambda _: [said.numpy() for said in in_order(network, batches, cores())]


def _training(headless: Network, size: int) -> Callable[[int], Any]:
    """Give a function that trains the whole network for an epoch."""
    params = load_params("train", TrainParams)
    features = features_after(headless, "input", "multilevel")
    head = build_head(features.shape[-1], params.head, "diagnosis")
    loss = make_loss("diagnosis", params.label_smoothing)
    means = Means(keras.optimizers.AdamW(1e-4), loss, params.averaging, 1)
    batch = _images(BATCH, size), tf.one_hot(np.arange(BATCH) % 7, 7), tf.ones(BATCH)
    batches = SimpleNamespace(epoch=lambda number: [batch] * (STEPS if number else 1))
    fit = Fit(keras.Model(headless.model.input, head(features)), batches, means)
    return partial(fit.epoch, show=iter)


def _plain_copy(model: Any) -> Any:
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    return copy


def _images(count: int, size: int) -> Any:
    drawn = np.random.default_rng(0).integers(0, 256, (count, size, size, 3), dtype=np.uint8)
    return tf.constant(drawn)


if __name__ == "__main__":
    main()
