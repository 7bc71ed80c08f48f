"""Run the whole pipeline on generated collections of growing size; print how time and memory grow.

    python benchmarks/scale.py                                   # 2,000 and 20,000 images
    python benchmarks/scale.py --images 2000 --images 20000 --images 200000
    python benchmarks/scale.py --images 200000 --stage preprocess    # no further than this stage

Each size is a clone of the last commit with a cache of its own: images of noise (48 x 36 pixels),
a small network on 32 pixels and one epoch, so that the pipeline is seen and not the network.
Then `dvc status` and `dvc repro`, which has nothing to do.

"per image" is what each image of a larger collection adds: where time grows in proportion, it is
the same from one size to the next.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from evaluate import FREQUENCIES, IMAGES_PER_LESION
from PIL import Image
from tqdm import tqdm

from lesion_pipeline.core.labels import DIAGNOSES

ROOT = Path(__file__).resolve().parents[1]
SMALL = (
    "model.arch=simple_cnn", "preprocess.image_size=32", "train.epochs=1", "train.batch_size=128",
    "train.patience=1", "export.formats=[keras]", "fetch.source=local",
)  # fmt: skip
ROW = re.compile(r"\| (\w+) \| ([\d.]+) \| [\d.]+ \| (\d+) \|")

Row = tuple[float, int | None]  # seconds; MiB


def make_collection(folder: Path, count: int) -> None:
    """Write images of noise and their table, in the layout of HAM10000."""
    generator = np.random.default_rng(count)
    (folder / "images").mkdir(parents=True)
    lesions = (np.arange(count) / IMAGES_PER_LESION).astype(int)
    names = [f"N_{number:07d}" for number in range(count)]
    drawn = generator.choice(list(FREQUENCIES), lesions[-1] + 1, p=list(FREQUENCIES.values()))
    drawn[: 10 * len(DIAGNOSES)] = np.tile(list(DIAGNOSES), 10)[: len(drawn)]  # none is missing
    pd.DataFrame(
        {
            "lesion_id": [f"L_{lesion:07d}" for lesion in lesions],
            "image_id": names,
            "dx": drawn[lesions],
            "dx_type": "histo",
            "age": 5.0 * generator.integers(1, 17, count),
            "sex": generator.choice(["female", "male"], count),
            "localization": generator.choice(["back", "trunk"], count),
        }
    ).to_csv(folder / "HAM10000_metadata.csv", index=False)
    for name in tqdm(names, "images", mininterval=5):
        pixels = generator.integers(0, 256, (36, 48, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / "images" / f"{name}.jpg", quality=50)


def measure(count: int, folder: Path, last: str) -> dict[str, Row]:
    """Run the stages up to `last`; return time and memory of each, and of DVC with no work."""
    make_collection(folder / "collection", count)
    project = folder / "project"
    subprocess.run(["git", "clone", "--quiet", ROOT, project], check=True)
    settings = (*SMALL, f"fetch.path={folder / 'collection'}")
    arguments = [word for setting in settings for word in ("-S", setting)]
    script = ROOT / "benchmarks/stages.py"
    printed = run(project, sys.executable, script, *arguments, last)
    found: dict[str, Row] = {
        name: (float(seconds), int(memory)) for name, seconds, memory in ROW.findall(printed)
    }
    for command in ("status", "repro"):
        start = time.perf_counter()
        run(project, sys.executable, "-m", "dvc", command, last)
        found[f"dvc {command}, nothing to do"] = time.perf_counter() - start, None
    return found


def run(folder: Path, *command: str | Path) -> str:
    """Run a command and return what it printed; show that if it fails."""
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"{done.stdout}\n{' '.join(map(str, command))} failed")
    return done.stdout


def main() -> None:
    """Print a table: a row for each stage, three columns for each size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, action="append", help="default: 2000 and 20000")
    parser.add_argument("--stage", default="finish", help="the last one (default: all)")
    parsed = parser.parse_args()
    counts = sorted(parsed.images or [2_000, 20_000])
    found = {}
    for count in counts:
        with tempfile.TemporaryDirectory() as name:
            found[count] = measure(count, Path(name), parsed.stage)
    heads = [f"{count:,}: s | MiB" for count in counts]
    adds = [f"{few:,} to {many:,}: ms per image" for few, many in pairwise(counts)]
    print(f"\n| stage | {' | '.join(heads + adds)} |")
    print("|---" * (1 + 2 * len(counts) + len(adds)) + "|")
    for stage in found[counts[0]]:
        rows = [found[count][stage] for count in counts]
        sizes = [f"{seconds:.1f} | {memory or ''}" for seconds, memory in rows]
        more = [
            f"{1000 * (large[0] - small[0]) / (many - few):.3f}"
            for (few, small), (many, large) in pairwise(zip(counts, rows, strict=True))
        ]
        print(f"| {stage} | {' | '.join(sizes + more)} |")


if __name__ == "__main__":
    main()
