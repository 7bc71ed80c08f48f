"""Compare training a head with the plain way: a frozen ResNet50 that is run again in every epoch.

    python benchmarks/reference.py --images 320
    python benchmarks/reference.py --images 8 --size 32 --epochs 1 --arch efficientnet_lite0

Plain: Keras' ImageDataGenerator decodes and augments each JPEG (600 x 450) in one Python process,
and the network is run on it, in every epoch. Ours: the stages preprocess and embed once, then the
head on what they stored, with the settings of params.yaml. An epoch of ours includes the scores on
val (4 images).
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from keras.src.legacy.preprocessing.image import ImageDataGenerator
from PIL import Image

from lesion_pipeline.core.params import PARAMS
from lesion_pipeline.loops.parallel import cores
from lesion_pipeline.tf.load import keras

ROOT = Path(__file__).resolve().parents[1]
ARCHS = ("efficientnet_lite0", "resnet50")
BATCH = 32
HEADER = """| | one-off, s | epoch, s | images/s | ratio | with one-off, images/s | ratio |
|---|---|---|---|---|---|---|"""
# Runs a stage after its imports, which take seconds, and prints the time of its main function.
STAGE = """import time, stages.{0} as stage
start = time.perf_counter()
stage.main()
print(time.perf_counter() - start)"""


def main() -> None:
    """Draw images, run both ways, print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=320, help="training images")
    parser.add_argument("--size", type=int, default=224, help="side of the network's images")
    parser.add_argument("--epochs", type=int, default=5, help="measured, after one that isn't")
    parser.add_argument("--arch", action="append", help=f"of ours; default: {', '.join(ARCHS)}")
    parsed = parser.parse_args()
    count, params = parsed.images, yaml.safe_load((ROOT / PARAMS).read_text())
    epochs = params["train"]["epochs"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table = _draw(folder / "collection", count)
        plain = _plain_epoch(folder / "collection", table[:count], parsed.size)
        rows = [("plain, resnet50", 0.0, plain)]
        for arch in parsed.arch or ARCHS:
            _write_params(folder, params, arch, parsed)
            once, epoch = _ours(folder)
            rows.append((f"ours, {arch}", once, epoch))
    print(f"\n{count} images, {cores()} cores, one-off over {epochs} epochs\n\n{HEADER}")
    for title, once, epoch in rows:
        seconds = (epoch, epoch + once / epochs)
        rates = " | ".join(f"{count / taken:,.1f} | {plain / taken:,.1f}" for taken in seconds)
        print(f"| {title} | {once:.1f} | {epoch:.3f} | {rates} |")


def _draw(folder: Path, count: int) -> pd.DataFrame:
    """Write smooth noise as JPEG files, with a table and a split; `count` rows of train first."""
    folder.mkdir()
    splits = ["train"] * count + ["val"] * 4 + ["test"] * 4
    names, malignant = [f"I{n:05d}" for n in range(len(splits))], np.arange(len(splits)) % 2
    for number, name in enumerate(names):
        noise = np.random.default_rng(number).integers(0, 256, (45, 60, 3), dtype=np.uint8)
        smooth = Image.fromarray(noise).resize((600, 450), Image.Resampling.BICUBIC)
        smooth.save(folder / f"{name}.jpg", quality=90)
    table = pd.DataFrame({"lesion_id": names, "image_id": names,
                          "dx": np.where(malignant, "mel", "nv"), "dx_type": "histo", "age": 50.0,
                          "sex": "female", "localization": "back"})  # fmt: skip
    table.to_csv(folder / "metadata.csv", index=False)
    (folder.parent / "splits").mkdir()
    split = table[["image_id"]].assign(split=splits)
    split.to_csv(folder.parent / "splits/mine.csv", index=False)
    return table.assign(label=malignant)


def _plain_epoch(folder: Path, train: pd.DataFrame, size: int) -> float:
    """Train a head on a frozen ResNet50 as is common; return the seconds of an epoch."""
    shape = (size, size, 3)
    base = keras.applications.ResNet50(
        include_top=False, weights=None, pooling="avg", input_shape=shape
    )
    base.trainable = False
    dense = [keras.layers.Dense(256, "relu"), keras.layers.Dense(1, "sigmoid")]
    model = keras.Sequential([base, *dense])
    model.compile("adam", "binary_crossentropy", jit_compile=False)
    files = train.assign(file=train["image_id"] + ".jpg", label=train["label"].astype(str))
    generator = ImageDataGenerator(rotation_range=180, zoom_range=0.15, horizontal_flip=True)
    generator.preprocessing_function = keras.applications.resnet.preprocess_input
    batches = {"target_size": shape[:2], "batch_size": BATCH, "class_mode": "binary"}
    images = generator.flow_from_dataframe(files, folder, "file", "label", **batches)
    model.fit(images, steps_per_epoch=1, verbose=0)
    start = time.perf_counter()
    model.fit(images, verbose=0)
    return time.perf_counter() - start


def _write_params(folder: Path, params: dict[str, Any], arch: str, parsed: Any) -> None:
    """Write params.yaml for the drawn collection and for a few epochs of the head."""
    changes = {
        "fetch": {"source": "local", "path": str(folder / "collection")},
        "split": {"strategy": "file", "file": "splits/mine.csv"},
        "preprocess": {"image_size": parsed.size},
        "model": {"arch": arch, "weights": "random"},
        "embed": {"cut": "top"},
        "train": {"epochs": 1 + parsed.epochs, "patience": 1 + parsed.epochs},
    }
    changed = {name: section | changes.get(name, {}) for name, section in params.items()}
    (folder / PARAMS).write_text(yaml.safe_dump(changed))


def _ours(folder: Path) -> tuple[float, float]:
    """Return the seconds of decoding and embedding everything, and of an epoch of the head."""
    for name in ("fetch", "split"):
        _seconds(name, folder)
    decoding = _seconds("preprocess", folder)
    _seconds("backbone", folder)
    once = decoding + _seconds("embed", folder)
    ends = [end for line, end in _lines("train", folder) if line.startswith("head ")]
    return once, float(np.mean(np.diff(ends)))


def _seconds(name: str, folder: Path) -> float:
    """Run a stage; return the seconds of its main function."""
    return float(_lines(name, folder)[-1][0])


def _lines(name: str, folder: Path) -> list[tuple[str, float]]:
    """Run a stage; return the lines that it printed, each with the time when it came."""
    command = [sys.executable, "-u", "-c", STAGE.format(name)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        lines = [(line.strip(), time.perf_counter()) for line in process.stdout or ()]
    if process.returncode:
        raise SystemExit(f"the stage {name} failed")
    return lines


if __name__ == "__main__":
    main()
