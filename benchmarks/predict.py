"""How fast `lesion predict` is, against the plain way and against the network alone, in one run.

    python benchmarks/predict.py
    python benchmarks/predict.py --images 100 --rounds 1

It draws 600 x 450 JPEGs and predicts them by each format of the bundle whose runtime is installed:

- plain: Pillow opens and resizes one image after another; Keras' `predict` is called for each, or
  for all of them at once;
- bound: the runtime alone, on images that are decoded already;
- one image: the same for one image;
- files: `lesion predict`, from files to rows, after the network is loaded;
- command: the same as a command, start of the process and loading included;
- first answer: the command for one image.

Rounds take turns; the median counts.
"""

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from lesion_pipeline import paths
from lesion_pipeline.bundle.formats import FILES, FORMATS
from lesion_pipeline.core.errors import PipelineError
from lesion_pipeline.images import read_image
from lesion_pipeline.parallel import cores
from lesion_pipeline.sample.drawing import draw_sample_image
from lesion_pipeline.serve.classifier import Classifier
from lesion_pipeline.serve.load import load_bundle
from lesion_pipeline.serve.output import write_rows
from lesion_pipeline.serve.predict import columns, predict_files

DRAWN = 100  # different pictures; more files are copies of these
QUALITY = 95  # 84 kB a file; those of HAM10000, of skin with more texture, have 276 kB
COMMAND = (sys.executable, "-c", "from lesion_pipeline.cli import main; raise SystemExit(main())")


def draw(folder: Path, number: int) -> Path:
    """Draw one picture."""
    file = folder / f"{number:05d}.jpg"
    pixels = draw_sample_image(f"BENCHMARK_{number}", "nv", 0, seed=0)
    Image.fromarray(pixels).save(file, "JPEG", quality=QUALITY, subsampling=0)
    return file


def make_files(folder: Path, count: int) -> list[Path]:
    """Write the pictures."""
    with ProcessPoolExecutor(cores()) as pool:
        files = list(pool.map(partial(draw, folder), range(min(count, DRAWN))))
    for number in range(len(files), count):
        files.append(folder / f"{number:05d}.jpg")
        shutil.copyfile(files[number % DRAWN], files[number])
    return files


def opened(file: Path, size: int) -> Any:
    """Decode as one does without a library of one's own."""
    with Image.open(file) as image:
        return np.asarray(image.convert("RGB").resize((size, size)))


def seconds(work: Callable[[], object]) -> float:
    """Time something once."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def plain_ways(bundle: Path, size: int, files: list[Path]) -> dict[str, Callable[[], object]]:
    """Name what the plain way does: Keras' own `predict`, an image at a time or all together."""
    from lesion_pipeline.networks.archive import load_network

    model = load_network(bundle / FILES["keras"])

    def one_by_one() -> None:
        for file in files:
            model.predict(opened(file, size)[None], verbose=0)

    def together() -> None:
        model.predict(np.stack([opened(file, size) for file in files]), verbose=0)

    return {"plain, an image at a time": one_by_one, "plain, all at once": together}


def ways(bundle: Path, kind: Any, files: list[Path], images: Any) -> dict[str, Callable[[], Any]]:
    """Name what is measured of one runtime."""
    classifier = load_bundle(bundle, kind)
    target = files[0].parent / "said.csv"

    def from_files() -> None:
        rows = partial(rows_after, classifier, files)
        write_rows(target, "csv", columns(classifier), kind, rows)

    options = ("--bundle", str(bundle), "--runtime", kind, "--output", str(target))
    return {
        f"{kind}, bound": lambda: classifier.predict(images),
        f"{kind}, one image": lambda: classifier.predict(images[:1]),
        f"{kind}, files": from_files,
        f"{kind}, command": partial(run, str(files[0].parent), *options),
        f"{kind}, first answer": partial(run, str(files[0]), *options),
    }


def rows_after(classifier: Classifier, files: list[Path], done: int) -> Any:
    """Give the rows that are still to be made."""
    return predict_files(classifier, files[done:], cores())


def run(*arguments: str) -> None:
    """Run the command as a user does."""
    subprocess.run([*COMMAND, "predict", *arguments], check=True, capture_output=True)


def measure(bundle: Path, folder: Path, count: int, rounds: int) -> dict[str, float]:
    """Give the median time of everything in seconds."""
    files = make_files(folder, count)
    image = load_bundle(bundle).image
    images = np.stack([read_image(file, image.size, image.resize) for file in files])
    work: dict[str, Callable[[], object]] = plain_ways(bundle, image.size, files)
    for kind in FORMATS:
        try:
            work |= ways(bundle, kind, files, images)
        except PipelineError as error:
            print(f"without {kind}: {error}", file=sys.stderr)
    work["keras, bound"]()  # kernels are chosen in the first call
    times: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(rounds):
        for name, do in work.items():
            times[name].append(seconds(do))
            print(f"{name}: {times[name][-1]:.2f} s", file=sys.stderr)
    return {name: statistics.median(found) for name, found in times.items()}


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--bundle", type=Path, default=paths.EXPORT)
    parsed = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measure(parsed.bundle, Path(folder), parsed.images, parsed.rounds)
    plain = found["plain, an image at a time"]
    print(f"\n{parsed.images} images, {cores()} cores, median of {parsed.rounds}\n")
    print("| | images/s | times the plain way | of its bound |\n|---|---|---|---|")
    for name, took in found.items():
        kind, _, what = name.partition(", ")
        if what in ("one image", "first answer"):
            continue
        bound = f"{found[f'{kind}, bound'] / took:.0%}" if what in ("files", "command") else ""
        print(f"| {name} | {parsed.images / took:.0f} | {plain / took:.1f} | {bound} |")
    print("\n| one image | in memory, ms | by the command, s |\n|---|---|---|")
    for name, took in found.items():
        kind, _, what = name.partition(", ")
        if what == "one image":
            print(f"| {kind} | {1000 * took:.1f} | {found[f'{kind}, first answer']:.1f} |")


if __name__ == "__main__":
    main()
