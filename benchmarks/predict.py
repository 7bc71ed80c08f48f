"""Time `lesion predict`, the plain way and the network alone, in one run.

    python benchmarks/predict.py
    python benchmarks/predict.py --images 4 --rounds 1

It draws 600 x 450 JPEGs and predicts them with each format of the bundle whose runtime is there:

- plain: Pillow opens and resizes one image after another; Keras' `predict` is called for each, or
  for all of them at once;
- bound: the runtime alone, on images that are decoded already;
- one image: the same for one image;
- files: `lesion predict`, from files to rows, with the network already loaded;
- command: the same as a command, including the start of the process and loading;
- first answer: the command for one image.

All measurements take turns in each round; the result is the median over the rounds.
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
from lesion_pipeline.bundle.manifest import read_manifest
from lesion_pipeline.core.errors import PipelineError
from lesion_pipeline.images import read_image
from lesion_pipeline.loops.parallel import cores
from lesion_pipeline.sample.drawing import draw_sample_image
from lesion_pipeline.serve.classifier import Classifier
from lesion_pipeline.serve.load import load_bundle
from lesion_pipeline.serve.output import write_rows
from lesion_pipeline.serve.predict import columns, predict_files

DRAWN = 100  # different pictures; more files are copies of these
QUALITY = 95  # 84 kB per file; those of HAM10000, of skin with more texture, have 276 kB
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
    """Decode an image the plain way."""
    with Image.open(file) as image:
        return np.asarray(image.convert("RGB").resize((size, size)))


def seconds(work: Callable[[], object]) -> float:
    """Time something once."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def plain_ways(bundle: Path, size: int, files: list[Path]) -> dict[str, Callable[[], object]]:
    """Return the plain ways by name: Keras' `predict` for one image at a time, or for all."""
    from lesion_pipeline.networks.archive import load_network

    model = load_network(bundle / read_manifest(bundle).formats["keras"].file)

    def one_by_one() -> None:
        for file in files:
            model.predict(opened(file, size)[None], verbose=0)

    def together() -> None:
        model.predict(np.stack([opened(file, size) for file in files]), verbose=0)

    return {"plain, one image at a time": one_by_one, "plain, all at once": together}


def ways(bundle: Path, name: Any, files: list[Path], images: Any) -> dict[str, Callable[[], Any]]:
    """Return what is measured of one format, by name."""
    classifier = load_bundle(bundle, name)
    target = files[0].parent / "predictions.csv"

    def from_files() -> None:
        rows = partial(rows_after, classifier, files)
        write_rows(target, "csv", columns(classifier), name, rows)

    options = ("--bundle", str(bundle), "--runtime", name, "--output", str(target))
    return {
        f"{name}, bound": lambda: classifier.predict(images),
        f"{name}, one image": lambda: classifier.predict(images[:1]),
        f"{name}, files": from_files,
        f"{name}, command": partial(run, str(files[0].parent), *options),
        f"{name}, first answer": partial(run, str(files[0]), *options),
    }


def rows_after(classifier: Classifier, files: list[Path], done: int) -> Any:
    """Return the rows of the files after the first `done`."""
    return predict_files(classifier, files[done:], cores())


def run(*arguments: str) -> None:
    """Run the command as a user does."""
    subprocess.run([*COMMAND, "predict", *arguments], check=True, capture_output=True)


def measure(bundle: Path, folder: Path, count: int, rounds: int) -> dict[str, float]:
    """Return the median seconds of each measurement by its name."""
    files = make_files(folder, count)
    image = load_bundle(bundle).image
    images = np.stack([read_image(file, image.size, image.resize) for file in files])
    work: dict[str, Callable[[], object]] = plain_ways(bundle, image.size, files)
    for name in read_manifest(bundle).formats:
        try:
            work |= ways(bundle, name, files, images)
        except PipelineError as error:
            print(f"without {name}: {error}", file=sys.stderr)
    work["keras, bound"]()  # kernels are chosen in the first call
    times: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(rounds):
        for name, do in work.items():
            times[name].append(seconds(do))
            print(f"{name}: {times[name][-1]:.2f} s", file=sys.stderr)
    return {name: statistics.median(taken) for name, taken in times.items()}


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--bundle", type=Path, default=paths.EXPORT)
    parsed = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        times = measure(parsed.bundle, Path(folder), parsed.images, parsed.rounds)
    plain = times["plain, one image at a time"]
    print(f"\n{parsed.images} images, {cores()} cores, median of {parsed.rounds}\n")
    print("| | images/s | times the plain way | of its bound |\n|---|---|---|---|")
    for name, taken in times.items():
        runtime, _, way = name.partition(", ")
        if way in ("one image", "first answer"):
            continue
        bound = f"{times[f'{runtime}, bound'] / taken:.0%}" if way in ("files", "command") else ""
        print(f"| {name} | {parsed.images / taken:.0f} | {plain / taken:.1f} | {bound} |")
    print("\n| one image | in memory, ms | with the command, s |\n|---|---|---|")
    for name, taken in times.items():
        runtime, _, way = name.partition(", ")
        if way == "one image":
            print(f"| {runtime} | {1000 * taken:.1f} | {times[f'{runtime}, first answer']:.1f} |")


if __name__ == "__main__":
    main()
