"""Size of the records and speed of writing and reading them, for each `preprocess.encoding`.

    python benchmarks/encoding.py [--images 341] [--rounds 3]       # of data/raw
    python benchmarks/encoding.py --bundle data/export              # with what jpeg changes

Each encoding is written and read in turn, in every round, so that other work on the machine slows
all of them; the best round counts. Writing is the whole stage preprocess without its start, reading
is what embed and training do before the network. `change` is the mean difference of the pixels, in
grey levels of 255. With a bundle, its float32 LiteRT file predicts the images of val from raw and
from other records: the largest difference of a probability, and how many decisions change.
"""

# ruff: noqa: E402
from lesion_pipeline.core.kernels import choose_for_project

choose_for_project()  # before numpy

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import numpy as np

from lesion_pipeline import paths
from lesion_pipeline.core.files import read_csv
from lesion_pipeline.core.params import load_params
from lesion_pipeline.disk import size_of
from lesion_pipeline.loops.parallel import cores
from lesion_pipeline.preprocessing.params import PreprocessParams
from lesion_pipeline.preprocessing.preprocess import preprocess
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.serve.classifier import BATCH, Classifier
from lesion_pipeline.serve.load import load_bundle
from lesion_pipeline.shards.execution import local
from lesion_pipeline.shards.folder import shard_folder
from lesion_pipeline.splitting.summary import SplitSummary

ENCODINGS: Final = ("raw", "png", "jpeg")


def write(table: Any, folder: Path, encoding: str) -> tuple[float, float]:
    """Write the records; return wall and core seconds."""
    params = load_params("preprocess", PreprocessParams)
    malignant = SplitSummary.read(paths.SPLIT_SUMMARY).malignant
    execution = local(cores())
    start, cpu = time.perf_counter(), time.process_time()
    changed = params.model_copy(update={"encoding": encoding})
    with shard_folder(folder, "benchmark", execution) as target:
        preprocess(table, malignant, paths.IMAGES, target, changed, execution)
    return time.perf_counter() - start, time.process_time() - cpu


def read(folder: Path) -> tuple[float, float]:
    """Read all images, in batches; return wall and core seconds."""
    start, cpu = time.perf_counter(), time.process_time()
    for split in ("train", "val", "test"):
        for _ in Records(folder).images(split).batch(16).prefetch(2):
            pass
    return time.perf_counter() - start, time.process_time() - cpu


def val_of(folder: Path) -> Any:
    """Return the images of val: uint8 (images, size, size, 3)."""
    return np.stack(list(Records(folder).images("val").as_numpy_iterator()))


def main() -> None:
    """Write and read, print a table."""
    parser = argparse.ArgumentParser(description="Size and speed of encodings of the records.")
    parser.add_argument("--images", type=int, default=0, help="at most (default: all)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--bundle", type=Path, help="to compare predictions")
    parsed = parser.parse_args()
    types = {"image_id": "str", "lesion_id": "str", "dx": "str", "split": "str", "label": "int64"}
    table = read_csv(paths.SPLIT, **types)
    if parsed.images:
        table = table.groupby(["split", "label"]).head(max(1, parsed.images // 6))
    with tempfile.TemporaryDirectory() as name:
        folders = {encoding: Path(name) / encoding for encoding in ENCODINGS}
        times: dict[str, list[tuple[float, ...]]] = {encoding: [] for encoding in ENCODINGS}
        for turn in range(parsed.rounds):
            for encoding, folder in folders.items():
                again = folder.with_name(f"{encoding}{turn}") if turn else folder
                written = write(table, again, encoding)
                times[encoding].append((*written, *read(again)))
        print(f"{len(table)} images, {cores()} cores\n")
        print("| encoding | kB per image | of raw | write, images/s | core ms | read, images/s "
              "| core ms | change |\n|---|---|---|---|---|---|---|---|")  # fmt: skip
        plain = val_of(folders["raw"])
        for encoding, folder in folders.items():
            write_s, write_cpu, read_s, read_cpu = np.min(times[encoding], axis=0)
            size = size_of(folder)
            change = np.abs(val_of(folder).astype(int) - plain).mean()
            print(
                f"| {encoding} | {size / len(table) / 1000:.1f} "
                f"| {size / size_of(folders['raw']):.2f} "
                f"| {len(table) / write_s:.0f} | {1000 * write_cpu / len(table):.2f} "
                f"| {len(table) / read_s:.0f} | {1000 * read_cpu / len(table):.2f} "
                f"| {change:.2f} |"
            )
        if parsed.bundle:
            compare(parsed.bundle, {name: val_of(folder) for name, folder in folders.items()})


def predicted(classifier: Classifier, images: Any) -> Any:
    """Return the probabilities of malignancy (images,)."""
    parts = [images[start : start + BATCH] for start in range(0, len(images), BATCH)]
    return classifier.malignancy(np.concatenate([classifier.run(part) for part in parts]))


def compare(bundle: Path, images: dict[str, Any]) -> None:
    """Print how predictions from other records differ from those from raw ones."""
    classifier = load_bundle(bundle, "tflite")
    found = {name: predicted(classifier, each) for name, each in images.items()}
    print()
    for name in ENCODINGS[1:]:
        difference = np.abs(found[name] - found["raw"])
        decisions = [values >= classifier.threshold for values in (found[name], found["raw"])]
        print(
            f"{name}: of {len(difference)} images of val the largest difference of a probability "
            f"is {difference.max():.2g}, the mean {difference.mean():.2g}; "
            f"{np.sum(decisions[0] != decisions[1])} decisions change"
        )


if __name__ == "__main__":
    main()
