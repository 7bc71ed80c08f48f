"""Tell which operations a training step of what follows cut 4 spends its time on.

    python benchmarks/step_profile.py
    python benchmarks/step_profile.py --size 64 --batch 8 --steps 1

The network of benchmarks/training_step.py with portable batch normalisation, seen by TensorFlow's
profiler. Time is that of all threads in an operation; the update of the weights, which XLA compiles
into one, is left out.
"""

# ruff: noqa: E402
from lesion_pipeline.core.kernels import choose_for_project

choose_for_project()  # `model.kernels` of params.yaml in this folder, before numpy

import argparse
import tempfile
from collections import Counter
from pathlib import Path

from training_step import RandomBatches, after_cut, trainer

from lesion_pipeline.tf.load import deterministic, tf
from lesion_pipeline.training.batch_norm import PortableBatchNormalization

# The rest belongs to the head and to ReLU.
KINDS = {
    "convolutions": ("Conv2D", "Conv2DBackpropInput", "Conv2DBackpropFilter"),
    "depthwise convolutions": (
        "DepthwiseConv2dNative",
        "DepthwiseConv2dNativeBackpropInput",
        "DepthwiseConv2dNativeBackpropFilter",
    ),
    "batch normalisation": ("Mul", "Sub", "Sum", "Mean", "Square", "RealDiv"),
    "others": ("Relu6", "Relu6Grad", "Relu", "ReluGrad", "AddV2", "AddN", "MatMul", "BroadcastTo"),
}


def seconds(folder: Path) -> Counter[str]:
    """Return the time in each kind of operation, from what the profiler wrote."""
    from tensorflow.tsl.profiler.protobuf import xplane_pb2

    (file,) = folder.rglob("*.xplane.pb")
    found: Counter[str] = Counter()
    for plane in xplane_pb2.XSpace.FromString(file.read_bytes()).planes:
        names = {number: event.name for number, event in plane.event_metadata.items()}
        for line in plane.lines:
            for event in line.events:
                _, colon, kind = names[event.metadata_id].partition(":")
                if colon:
                    found[kind.split("#")[0]] += event.duration_ps / 1e12
    return found


def main() -> None:
    """Print one row per kind of operation."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--size", type=int, default=224, help="side of the images in pixels")
    parser.add_argument("--steps", type=int, default=3)
    parsed = parser.parse_args()
    deterministic(1)
    part = after_cut(parsed.size)
    batches = RandomBatches(part.input.shape[1:], parsed.batch, parsed.steps)
    trained = trainer(part, batches, PortableBatchNormalization)
    trained.epoch(0, iter)
    with tempfile.TemporaryDirectory() as name:
        with tf.profiler.experimental.Profile(name):
            trained.epoch(1, iter)
        found = seconds(Path(name))
    kinds = {kind: sum(found[name] for name in names) for kind, names in KINDS.items()}
    print("| operations | s per step | of the time |\n|---|---|---|")
    for kind, taken in kinds.items():
        share = taken / sum(kinds.values())
        print(f"| {kind} | {taken / parsed.steps:.3f} | {share:.0%} |")


if __name__ == "__main__":
    main()
