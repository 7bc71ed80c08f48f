"""Measure parallel efficiency: the shards of preprocess and embed by one worker and by several.

    python benchmarks/shards.py
    python benchmarks/shards.py --images 2048 --workers 4 --executor ray
    python benchmarks/shards.py --images 48 --size 32 --rounds 1

Images are generated JPEGs of 600 x 450 pixels. Efficiency is the time of one worker over the time
of n workers, divided by n. Rounds alternate; the quickest of each counts. Loading the libraries and
the network once is left out, starting a cluster of Ray is not. The bytes are compared.
"""

# ruff: noqa: E402
from lesion_pipeline.core import kernels

kernels.choose("portable")  # before numpy

import argparse
import hashlib
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd
from preprocess import draw

from lesion_pipeline.backbones.backbone import backbone
from lesion_pipeline.core.labels import DIAGNOSES, LABEL, MALIGNANT, SPLITS, is_malignant
from lesion_pipeline.core.params import load_params
from lesion_pipeline.embedding.embed import embed
from lesion_pipeline.features.params import EmbedParams
from lesion_pipeline.loops.parallel import cores
from lesion_pipeline.networks.params import ModelParams
from lesion_pipeline.preprocessing.params import PreprocessParams
from lesion_pipeline.preprocessing.preprocess import preprocess
from lesion_pipeline.shards.execution import Execution, local, on_threads
from lesion_pipeline.shards.folder import shard_folder
from lesion_pipeline.shards.ray_tasks import on_ray

EXECUTORS = {"threads": on_threads, "ray": on_ray}
DISTINCT = 16  # contents of JPEG files

Work = Callable[[Path, Execution], object]


def collection(folder: Path, images: int) -> pd.DataFrame:
    """Write images; return their table, most of them in train."""
    folder.mkdir()
    contents = [draw(seed) for seed in range(min(images, DISTINCT))]
    diagnoses = [list(DIAGNOSES)[number // 3 % len(DIAGNOSES)] for number in range(images)]
    names = [f"I_{number:06d}" for number in range(images)]
    for number, name in enumerate(names):
        (folder / f"{name}.jpg").write_bytes(contents[number % len(contents)])
    table = pd.DataFrame({"image_id": names, "lesion_id": names, "dx": diagnoses})
    table[LABEL] = is_malignant(table["dx"], MALIGNANT)
    small = images // 4 or images
    table["split"] = [
        SPLITS[number % 3] if number < small * 3 // 4 else "train" for number in range(images)
    ]
    return table


def prepare(folder: Path, args: argparse.Namespace) -> dict[str, Work]:
    """Write images, records and a network; return what the stages do, by their names."""
    images, records, network = (folder / each for each in ("images", "records", "backbone"))
    table = collection(images, args.images)
    per_shard = max(1, args.images // 16)
    pre = load_params("preprocess", PreprocessParams).model_copy(
        update={"image_size": args.size, "images_per_shard": per_shard}
    )
    params = load_params("embed", EmbedParams).model_copy(update={"augmentations": 1})
    weights = "imagenet" if "lite" in args.arch else "random"
    model = ModelParams(arch=args.arch, weights=weights, seed=1, kernels="portable")

    def decoded(target: Path, execution: Execution) -> None:
        preprocess(table, MALIGNANT, images, target, pre, execution)

    def embedded(target: Path, execution: Execution) -> None:
        embed(network, records, target, params, execution)

    execution = local(cores())
    with shard_folder(records, "0", execution) as target:
        decoded(target, execution)
    network.mkdir()
    backbone(model, args.size).save(network)
    with shard_folder(folder / "once", "0", execution) as target:  # loads the network
        embedded(target, execution)
    return {"preprocess": decoded, "embed": embedded}


def measure(work: Work, folder: Path, args: argparse.Namespace) -> tuple[float, float]:
    """Return the seconds of one worker and of several.

    Raises:
        SystemExit: they wrote other bytes.
    """
    seconds, found = {1: float("inf"), args.workers: float("inf")}, set()
    for _ in range(args.rounds):
        for workers in seconds:
            execution = Execution(partial(EXECUTORS[args.executor], workers))
            target = folder / "output"
            start = time.perf_counter()
            with shard_folder(target, "0", execution) as partial_folder:
                work(partial_folder, execution)
            seconds[workers] = min(seconds[workers], time.perf_counter() - start)
            found.add(digest(target))
    if len(found) > 1:
        raise SystemExit("the outputs differ")
    return seconds[1], seconds[args.workers]


def digest(folder: Path) -> str:
    """Return a hash of all files of a folder."""
    total = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        total.update(file.name.encode() + file.read_bytes())
    return total.hexdigest()


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=1024)
    parser.add_argument("--workers", type=int, default=cores())
    parser.add_argument("--executor", choices=sorted(EXECUTORS), default="threads")
    parser.add_argument("--arch", default="efficientnet_lite0")
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--rounds", type=int, default=2)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        works = prepare(Path(name), args)
        print(f"{args.images} images, {args.executor}\n")
        print(f"| | 1 worker, s | {args.workers} workers, s | times | efficiency |")
        print("|---|---|---|---|---|")
        for title, work in works.items():
            one, several = measure(work, Path(name), args)
            times = one / several
            row = (title, f"{one:.1f}", f"{several:.1f}", f"{times:.2f}",
                   f"{times / args.workers:.0%}")  # fmt: skip
            print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()
