"""Time the way of images from a zip file into TFRecords, the plain way, and decoding alone.

    python benchmarks/preprocess.py [--images 2000] [--packing deflated|stored] [--repeats 3]
    python benchmarks/preprocess.py --images 28 --repeats 1

Images of 600x450 pixels and about 276 kB, as HAM10000 publishes them, are generated: a smooth
picture under noise that makes the JPEGs as large as that. Each way runs in a process of its own,
so that peak memory (resident, data mapped from files included) is measured apart; the result is the
best of the repeats. If other work runs on the machine, compare core time rather than the rate. The
start of Python and imports (TensorFlow: 2 to 3 s) are left out. All input is in the page cache.

    ours        the stages fetch, split and preprocess, with all cores
    plain job   the same job written plainly: unpack all, OpenCV, one process
    plain       OpenCV alone: whole decode and resize, one process, from unpacked files
    floor       what the job can't do without, all cores: read from the zip, with its checksum,
                decode at half scale and resize as in images.py; nothing is written
    bound       decoding alone at half scale, all cores, from unpacked files; three decoders

Needs requirements-dev.txt (OpenCV, simplejpeg).
"""

# ruff: noqa: E402
from lesion_pipeline.core.kernels import choose_for_project

choose_for_project()  # before numpy, which `stages` would come too late for

import argparse
import io
import multiprocessing
import os
import resource
import shutil
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from PIL import Image

from lesion_pipeline.core.labels import DIAGNOSES
from lesion_pipeline.core.params import PARAMS
from lesion_pipeline.images import read_image
from lesion_pipeline.loops.parallel import cores

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # for `stages`, which isn't installed
WIDTH, HEIGHT, SIZE = 600, 450, 224
QUALITY, NOISE = 95, 52  # grey levels; they make a JPEG of about 276 kB
DISTINCT = 100  # contents; each file of the zip holds one of them


def draw(seed: int) -> bytes:
    """Draw one image."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    smooth = [150 + 60 * np.sin(x / 90 + seed + k) * np.cos(y / 70) for k in range(3)]
    noise = np.random.default_rng(seed).normal(0, NOISE, (HEIGHT, WIDTH, 3))
    pixels = (np.stack(smooth, axis=-1) + noise).clip(0, 255).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=QUALITY)
    return file.getvalue()


def generate(folder: Path, images: int, packing: str) -> tuple[Path, Path, float]:
    """Write a zip like Kaggle's, and the same unpacked; return both and the mean kB per image."""
    with ProcessPoolExecutor(cores()) as pool:
        contents = list(pool.map(draw, range(min(images, DISTINCT))))
    names = [f"I_{number:06d}" for number in range(images)]
    diagnoses = [list(DIAGNOSES)[number % len(DIAGNOSES)] for number in range(images)]
    table = pd.DataFrame({"lesion_id": [f"L{name}" for name in names], "image_id": names,
                          "dx": diagnoses, "dx_type": "histo", "age": 50.0, "sex": "female",
                          "localization": "back"})  # fmt: skip
    method = zipfile.ZIP_DEFLATED if packing == "deflated" else zipfile.ZIP_STORED
    archive, plain = folder / "collection.zip", folder / "plain"
    plain.mkdir()
    with zipfile.ZipFile(archive, "w", method) as packed:
        packed.writestr("HAM10000_metadata.csv", table.to_csv(index=False))
        for number, name in enumerate(names):
            content = contents[number % len(contents)]
            packed.writestr(f"HAM10000_images_part_1/{name}.jpg", content)
            (plain / f"{name}.jpg").write_bytes(content)
    return archive, plain, float(np.mean([len(content) for content in contents])) / 1000


def now() -> tuple[float, float]:
    """Return wall time and the core time of this process, in seconds."""
    return time.perf_counter(), time.process_time()


def since(start: tuple[float, float]) -> dict[str, float]:
    """Return the seconds of wall time and core time since then."""
    return {"seconds": time.perf_counter() - start[0], "cpu": time.process_time() - start[1]}


def ours(archive: Path, folder: Path) -> dict[str, float]:
    """Run the stages fetch, split and preprocess in `folder`."""
    import stages.fetch
    import stages.preprocess
    import stages.split

    params = yaml.safe_load((ROOT / PARAMS).read_text())
    params["fetch"] |= {"source": "local", "path": str(archive)}
    params["preprocess"] |= {"image_size": SIZE}
    (folder / PARAMS).write_text(yaml.safe_dump(params))
    os.chdir(folder)
    with redirect_stdout(io.StringIO()):
        start = now()
        stages.fetch.main()
        fetched = now()
        stages.split.main()
        stages.preprocess.main()
    return since(start) | {"fetch": fetched[0] - start[0], "fetch_cpu": fetched[1] - start[1]}


def plain_job(archive: Path, folder: Path) -> dict[str, float]:
    """Unpack, decode, resize and write records, one after the other."""
    import cv2

    from lesion_pipeline.records.tfrecords import to_record
    from lesion_pipeline.tf.load import tf

    cv2.setNumThreads(1)
    start = now()
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder / "all")
    row = {"image_id": "I", "lesion_id": "L", "dx": "nv", "label": 0}
    with tf.io.TFRecordWriter(str(folder / "all.tfrecord")) as writer:
        for file in sorted((folder / "all").rglob("*.jpg")):
            writer.write(to_record(_with_opencv(file), row))
    return since(start)


def plain(unpacked: Path, folder: Path) -> dict[str, float]:
    """Decode and resize with OpenCV, one after the other."""
    import cv2

    cv2.setNumThreads(1)
    return _timed(_with_opencv, unpacked, 1)


def _with_opencv(file: Path) -> Any:
    import cv2

    image = cv2.cvtColor(cv2.imread(str(file)), cv2.COLOR_BGR2RGB)
    return cv2.resize(image, (SIZE, SIZE), interpolation=cv2.INTER_AREA)


def floor(archive: Path, folder: Path) -> dict[str, float]:
    """Read each image from the zip and make it a square, in threads with a handle each."""
    with zipfile.ZipFile(archive) as packed:
        names = [name for name in packed.namelist() if name.endswith(".jpg")]

    def part(number: int) -> None:
        with zipfile.ZipFile(archive) as packed:
            for name in names[number :: cores()]:
                read_image(packed.read(name), SIZE, "squash")

    start = now()
    with ThreadPoolExecutor(cores()) as pool:
        list(pool.map(part, range(cores())))
    return since(start)


def bound_simplejpeg(unpacked: Path, folder: Path) -> dict[str, float]:
    """Decode with simplejpeg at the smallest scale that is not below SIZE."""
    from simplejpeg import decode_jpeg

    def decode(file: Path) -> Any:
        return decode_jpeg(file.read_bytes(), "RGB", min_height=SIZE, min_width=SIZE)

    return _timed(decode, unpacked, cores())


def bound_opencv(unpacked: Path, folder: Path) -> dict[str, float]:
    """Decode with OpenCV at half scale."""
    import cv2

    cv2.setNumThreads(1)
    return _timed(lambda file: cv2.imread(str(file), cv2.IMREAD_REDUCED_COLOR_2), unpacked, cores())


def bound_pillow(unpacked: Path, folder: Path) -> dict[str, float]:
    """Decode with Pillow at half scale, as lesion_pipeline/images.py does."""

    def decode(file: Path) -> None:
        with Image.open(io.BytesIO(file.read_bytes())) as image:
            image.draft("RGB", (SIZE, SIZE))
            image.load()

    return _timed(decode, unpacked, cores())


def _timed(decode: Callable[[Path], Any], unpacked: Path, workers: int) -> dict[str, float]:
    files = sorted(unpacked.iterdir())
    parts = [files[start : start + 64] for start in range(0, len(files), 64)]

    def decode_part(part: list[Path]) -> None:
        for file in part:
            decode(file)

    start = now()
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(decode_part, parts))
    return since(start)


def _alone(
    way: Callable[[Path, Path], dict[str, float]], source: Path, work: Path, to: Any
) -> None:
    with open(os.devnull, "w") as quiet:  # noqa: PTH123
        os.dup2(quiet.fileno(), 2)  # progress
    result = way(source, work)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    to.send(result | {"memory": peak})


def measure(
    way: Callable[[Path, Path], dict[str, float]], source: Path, folder: Path, repeats: int
) -> dict[str, float]:
    """Run a way in new processes; return the best one's seconds, and the highest peak in MiB."""
    context = multiprocessing.get_context("spawn")
    results = []
    for _ in range(repeats):
        work = folder / "work"
        work.mkdir()
        here, there = context.Pipe()
        process = context.Process(target=_alone, args=(way, source, work, there))
        process.start()
        there.close()
        results.append(here.recv())
        process.join()
        shutil.rmtree(work)
    best = min(results, key=lambda result: result["seconds"])
    return best | {"memory": max(result["memory"] for result in results)}


def main() -> None:
    """Generate, measure, print a table and the ratios."""
    parser = argparse.ArgumentParser(description="Speed of fetch and preprocess.")
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--packing", choices=["deflated", "stored"], default="deflated")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where to work (default: a temporary folder)")
    parsed = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=parsed.folder) as name:
        folder = Path(name)
        archive, unpacked, size = generate(folder, parsed.images, parsed.packing)
        print(f"{parsed.images} images, {size:.0f} kB each, {parsed.packing}, {cores()} cores\n")
        ways = {
            "ours": (ours, archive),
            "plain job": (plain_job, archive),
            "plain": (plain, unpacked),
            "floor": (floor, archive),
            "bound, simplejpeg": (bound_simplejpeg, unpacked),
            "bound, OpenCV": (bound_opencv, unpacked),
            "bound, Pillow": (bound_pillow, unpacked),
        }
        print("| way | images/s | core ms per image | peak memory, MiB |\n|---|---|---|---|")
        results = {}
        for title, (way, source) in ways.items():
            results[title] = result = measure(way, source, folder, parsed.repeats)
            rate = parsed.images / result["seconds"]
            cpu, memory = 1000 * result["cpu"] / parsed.images, result["memory"]
            print(f"| {title} | {rate:.0f} | {cpu:.2f} | {memory:.0f} |", flush=True)
    seconds = {title: result["seconds"] for title, result in results.items()}
    bound = min(value for title, value in seconds.items() if title.startswith("bound"))
    print(
        f"\nof ours, fetch took {results['ours']['fetch'] / seconds['ours']:.0%} of the time "
        f"and {1000 * results['ours']['fetch_cpu'] / parsed.images:.2f} core ms per image\n"
        f"ours against the plain job: {seconds['plain job'] / seconds['ours']:.2f} times\n"
        f"ours against plain (a): {seconds['plain'] / seconds['ours']:.2f} times\n"
        f"ours against the floor: {seconds['floor'] / seconds['ours']:.0%}\n"
        f"ours against the bound (b): {bound / seconds['ours']:.0%}"
    )


if __name__ == "__main__":
    main()
