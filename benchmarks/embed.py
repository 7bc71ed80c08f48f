"""Measure the frozen part: images per second as `embed` runs it, and in TensorFlow as before.

    python benchmarks/embed.py
    python benchmarks/embed.py --arch resnet50 --arch vgg16 --images 32 --kernels portable
    python benchmarks/embed.py --arch simple_cnn --size 32 --images 8 --rounds 1

TensorFlow runs batches of 16, as many at a time as there are cores, with batch normalisation and
pooling as layers. Rounds alternate; the quickest round of each counts.
"""

import argparse
import time
from collections.abc import Callable
from typing import Any

from lesion_pipeline.core import kernels

BATCH = 16
ARCHITECTURES = ("efficientnet_lite0",)


def measure(arch: str, cut: Any, args: argparse.Namespace) -> str:
    """Return a row of the table."""
    import numpy as np

    from lesion_pipeline.backbones.backbone import backbone
    from lesion_pipeline.frozen.frozen_part import FrozenPart
    from lesion_pipeline.loops.parallel import cores
    from lesion_pipeline.networks.params import ModelParams

    weights = "imagenet" if "lite" in arch else "random"
    params = ModelParams(arch=arch, weights=weights, seed=1, kernels=args.kernels)
    network = backbone(params, args.size)
    shape = (args.images, args.size, args.size, 3)
    images = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    batches = [images[start : start + BATCH] for start in range(0, len(images), BATCH)]
    part = FrozenPart(network, cut, "multilevel", cores())
    ways = {"before": in_tensorflow(network, cut), "now": part.outputs}
    found, seconds = {}, dict.fromkeys(ways, float("inf"))
    for turn in range(1 + args.rounds):  # the first warms up
        for name, way in ways.items():
            start = time.perf_counter()
            found[name] = np.concatenate(list(way(batches)))
            if turn:
                seconds[name] = min(seconds[name], time.perf_counter() - start)
    before, now = (args.images / seconds[name] for name in ways)
    largest = np.abs(found["before"]).max()
    off = np.abs(found["before"] - found["now"]).max() / largest
    return f"| {arch} | {cut} | {before:.1f} | {now:.1f} | {now / before:.2f} | {off:.0e} |"


def in_tensorflow(network: Any, cut: Any) -> Callable[[Any], Any]:
    """Return a function from batches to the outputs, by Keras' own layers."""
    from lesion_pipeline.features.cut import features_after, frozen_maps
    from lesion_pipeline.loops.parallel import cores, in_order
    from lesion_pipeline.tf.load import keras, tf

    model = frozen_maps(network, cut, "multilevel")
    if cut == "top":
        model = keras.Model(model.input, features_after(network, "top", "multilevel"))
    signature = [tf.TensorSpec(model.input.shape, tf.uint8)]
    call = tf.function(lambda batch: model(batch, training=False), input_signature=signature)
    return lambda batches: (output.numpy() for output in in_order(call, batches, cores()))


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--arch", action="append", help="may be repeated; default: Lite0")
    parser.add_argument("--cut", action="append", help="top or a stage; default: top and 4")
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--images", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--kernels", choices=("portable", "native"), default="native")
    args = parser.parse_args()
    kernels.choose(args.kernels)
    from lesion_pipeline.loops.parallel import cores
    from lesion_pipeline.tf.load import deterministic

    deterministic(1)
    print(f"{args.images} images, {cores()} cores, TensorFlow with {args.kernels} kernels\n")
    print("| architecture | cut | before, images/s | now, images/s | times | difference |")
    print("|---|---|---|---|---|---|")
    for arch in args.arch or ARCHITECTURES:
        for cut in args.cut or ("top", "4"):
            print(measure(arch, cut if cut == "top" else int(cut), args), flush=True)


if __name__ == "__main__":
    main()
