"""Compare training a head with the plain way: a frozen ResNet50 asked anew in every epoch.

    python benchmarks/reference.py --images 320

Plain: Keras' ImageDataGenerator decodes and augments each JPEG (600 x 450) in one Python process,
and the network sees it, in every epoch. Ours: `preprocess` and `embed` once, then the head on what
they stored, with the settings of params.yaml.
"""

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from keras.src.legacy.preprocessing.image import ImageDataGenerator
from PIL import Image

from lesion_pipeline.core.params import load_params
from lesion_pipeline.embedding.cut import trained_part
from lesion_pipeline.embedding.embed import EmbedParams, embed
from lesion_pipeline.embedding.rows import Embeddings
from lesion_pipeline.networks.backbone import backbone
from lesion_pipeline.networks.params import ModelParams
from lesion_pipeline.parallel import cores
from lesion_pipeline.records.preprocess import PreprocessParams, preprocess
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.tf import keras
from lesion_pipeline.training.batches import StoredBatches
from lesion_pipeline.training.phases import make_loss
from lesion_pipeline.training.train import Plan, TrainParams, assemble
from lesion_pipeline.training.trainer import Fit, Means

SIZE, BATCH = 224, 32
HEADER = """| | one-off, s | an epoch, s | images/s | ratio | with one-off, images/s | ratio |
|---|---|---|---|---|---|---|"""
EPOCHS = 5  # of the head that are measured, after one that isn't


def main() -> None:
    """Draw images, run both ways, print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=320)
    count, epochs = parser.parse_args().images, load_params("train", TrainParams).epochs
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (images := folder / "images").mkdir()
        table = _draw(images, count)
        # First, because the pipeline asks TensorFlow for deterministic kernels, which are slower.
        plain = _plain_epoch(images, table[:count])
        (records := Records(folder / "records")).folder.mkdir()
        how = load_params("preprocess", PreprocessParams).model_copy(update={"image_size": SIZE})
        decoding = _seconds(preprocess, table, images, records.folder, how, cores())
        rows = [("plain, resnet50", 0.0, plain)]
        for arch in ("efficientnet_lite0", "resnet50"):
            embedding, epoch = _ours(arch, records, folder / arch)
            rows.append((f"ours, {arch}", decoding + embedding, epoch))
    print(f"\n{count} images, {cores()} cores, one-off over {epochs} epochs\n\n{HEADER}")
    for what, once, epoch in rows:
        both = (epoch, epoch + once / epochs)
        figures = " | ".join(f"{count / of:,.1f} | {plain / of:,.1f}" for of in both)
        print(f"| {what} | {once:.1f} | {epoch:.3f} | {figures} |")


def _seconds(work: Any, *args: Any) -> float:
    start = time.perf_counter()
    work(*args)
    return time.perf_counter() - start


def _draw(folder: Path, count: int) -> pd.DataFrame:
    """Write smooth noise as JPEG files; gives their table, `count` rows of train first."""
    splits = ["train"] * count + ["val"] * 4 + ["test"] * 4
    names, label = [f"{n:05d}" for n in range(len(splits))], np.arange(len(splits)) % 2
    for number, name in enumerate(names):
        noise = np.random.default_rng(number).integers(0, 256, (45, 60, 3), dtype=np.uint8)
        smooth = Image.fromarray(noise).resize((600, 450), Image.Resampling.BICUBIC)
        smooth.save(folder / f"{name}.jpg", quality=90)
    columns = {"image_id": names, "lesion_id": names, "label": label, "split": splits}
    return pd.DataFrame(columns | {"dx": np.where(label, "mel", "nv")})


def _plain_epoch(folder: Path, train: pd.DataFrame) -> float:
    """Train a head on a frozen ResNet50 as is usually done; gives the seconds of an epoch."""
    base = keras.applications.ResNet50(include_top=False, weights=None, pooling="avg")
    base.trainable = False
    dense = [keras.layers.Dense(256, "relu"), keras.layers.Dense(1, "sigmoid")]
    model = keras.Sequential([base, *dense])
    model.compile("adam", "binary_crossentropy", jit_compile=False)
    files = train.assign(file=train["image_id"] + ".jpg", label=train["label"].astype(str))
    generator = ImageDataGenerator(rotation_range=180, zoom_range=0.15, horizontal_flip=True)
    generator.preprocessing_function = keras.applications.resnet.preprocess_input
    how = {"target_size": (SIZE, SIZE), "batch_size": BATCH, "class_mode": "binary"}
    images = generator.flow_from_dataframe(files, folder, "file", "label", **how)
    model.fit(images, steps_per_epoch=1, verbose=0)
    return _seconds(lambda: model.fit(images, verbose=0))


def _ours(arch: str, records: Records, target: Path) -> tuple[float, float]:
    """Give the seconds of embedding everything, and of an epoch of the head."""
    target.mkdir()
    params = load_params("train", TrainParams)
    asked = load_params("model", ModelParams).model_copy(update={"arch": arch, "weights": "random"})
    headless = backbone(asked, SIZE)
    how = load_params("embed", EmbedParams).model_copy(update={"cut": "top"})
    once = _seconds(embed, headless, records, target, how, cores())
    plan = Plan(headless, Embeddings(target), records, asked.target, params)
    head = trained_part(assemble(plan)[0], headless, "top")
    facts = (plan.classes, plan.target, plan.weights, params.batch_size, params.seed)
    means = Means(keras.optimizers.AdamW(1e-3), make_loss(plan.target, 0.1), params.averaging, 1)
    fit = Fit(head, StoredBatches(plan.embeddings, *facts), means)
    epochs = [_seconds(fit.epoch, number, iter) for number in range(1 + EPOCHS)]
    return once, float(np.mean(epochs[1:]))


if __name__ == "__main__":
    main()
