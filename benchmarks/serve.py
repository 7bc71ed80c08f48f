"""Put `lesion serve` under load, and compare it with `lesion predict` in the same run.

    python benchmarks/serve.py                       # 8 clients, 60 s
    python benchmarks/serve.py --seconds 600
    python benchmarks/serve.py --hostile 10000       # bodies that are no image, instead
    python benchmarks/serve.py --seconds 2 --images 4 --clients 2

The server is a process of its own. Each client sends 600 x 450 JPEGs one after another over one
connection, from memory. `lesion predict` takes the same images from files, before and after, with
the network already loaded. Memory is the server's, after the first tenth of the time and at the
end.
"""

import argparse
import http.client
import io
import itertools
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

from lesion_pipeline import paths
from lesion_pipeline.loops.parallel import cores
from lesion_pipeline.sample.drawing import draw_sample_image
from lesion_pipeline.serve.load import load_bundle
from lesion_pipeline.serve.predict import predict_files

LESION = "from lesion_pipeline.cli import main; raise SystemExit(main())"
QUALITY = 95


def draw(folder: Path, count: int) -> list[Path]:
    """Draw pictures into a folder."""
    files = []
    for number in range(count):
        files.append(folder / f"{number:05d}.jpg")
        pixels = draw_sample_image(f"BENCHMARK_{number}", "nv", 0, seed=0)
        Image.fromarray(pixels).save(files[-1], "JPEG", quality=QUALITY, subsampling=0)
    return files


@contextmanager
def server(bundle: Path) -> Iterator[str]:
    """Run the server; yield its host and port."""
    command = [sys.executable, "-c", LESION, "serve", "--bundle", str(bundle), "--port", "0"]
    with subprocess.Popen(command, text=True, stderr=subprocess.PIPE) as process:
        try:
            line = process.stderr.readline() if process.stderr else ""
            found = re.match("http://([^/]+)/", line)
            if not found:
                raise SystemExit(f"the server did not start: {line}")
            yield found[1]
        finally:
            process.terminate()


def memory(address: str) -> float:
    """Return the server's resident memory in MB."""
    connection = http.client.HTTPConnection(address)
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    found = re.search(r"^lesion_resident_memory_bytes (\S+)$", text, re.MULTILINE)
    return float(found[1]) / 1e6 if found else 0.0


class Load:
    """Clients that send images until the time is over.

    Attributes:
        times: seconds of each answer.
        statuses: how many answers had each.
    """

    def __init__(self, address: str, bodies: list[bytes], seconds: float) -> None:
        """Prepare clients of the server at `address` that send `bodies` in turn."""
        self._address, self._bodies, self._end = address, bodies, time.monotonic() + seconds
        self.times: list[float] = []
        self.statuses: Counter[int] = Counter()
        self._lock = threading.Lock()

    def client(self, first: int) -> None:
        """Send one image after another, from the body number `first` on."""
        connection = http.client.HTTPConnection(self._address, timeout=60)
        own = self._bodies[first:] + self._bodies[:first]
        for body in itertools.cycle(own):
            start = time.perf_counter()
            if time.monotonic() > self._end:
                return
            connection.request("POST", "/v1/predict", body)
            answer = connection.getresponse()
            answer.read()
            with self._lock:
                self.times.append(time.perf_counter() - start)
                self.statuses[answer.status] += 1


def under_load(address: str, bodies: list[bytes], seconds: float, clients: int) -> str:
    """Return a row of the table."""
    load, start = Load(address, bodies, seconds), time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        work = [pool.submit(load.client, n % len(bodies)) for n in range(clients)]
        time.sleep(seconds / 10)
        before = memory(address)
        for each in work:
            each.result()
    taken, after = time.perf_counter() - start, memory(address)
    p50, p95 = np.quantile(load.times, [0.5, 0.95]) * 1000
    failed = sum(count for status, count in load.statuses.items() if status != 200)
    return (
        f"| lesion serve, {clients} clients | {len(load.times) / taken:.1f} | {p50:.0f} | "
        f"{p95:.0f} | {failed} | {before:.0f} | {after:.0f} |"
    )


def predicted(bundle: Path, files: list[Path], seconds: float) -> str:
    """Return the row of `lesion predict` for the same files, over and over."""
    classifier, done, start = load_bundle(bundle), 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        done += sum(1 for _ in predict_files(classifier, files, cores(), quiet=True))
    return f"| lesion predict | {done / (time.perf_counter() - start):.1f} | | | | | |"


def damaged(count: int) -> Iterator[bytes]:
    """Yield bodies that are hardly ever an image: cut, changed, of other kinds, noise."""
    choose = random.Random(1)
    pixels = np.random.default_rng(1).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    kinds = {}
    for form in ("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP"):
        Image.fromarray(pixels).save(file := io.BytesIO(), form)
        kinds[form] = file.getvalue()
    for number in range(count):
        body = bytearray(kinds[choose.choice(["JPEG", "PNG"])])
        way = number % 5
        if way == 0:
            body = bytearray(kinds[choose.choice(list(kinds))])
            del body[choose.randrange(len(body)) :]
        elif way == 1:
            for _ in range(8):
                body[choose.randrange(len(body))] = choose.randrange(256)
        elif way == 2:
            start = choose.randrange(len(body))
            body[start : start + 40] = choose.randbytes(choose.randrange(400))
        elif way == 3:
            body = bytearray(choose.randbytes(choose.randrange(1, 5000)))
        else:
            body = bytearray(choose.choice([b"%PDF-1.7\n", b"<svg>", b"PK\3\4", b"GIF89a"])) + body
        yield bytes(body)


def attack(address: str, count: int) -> str:
    """Send damaged bodies; return how they were answered, and memory after a tenth and at the end.

    Raises:
        SystemExit: an answer has a status of 500 or above.
    """
    connection, statuses, early = http.client.HTTPConnection(address), Counter[int](), 0.0
    for number, body in enumerate(damaged(count)):
        if number == count // 10:
            early = memory(address)
        connection.request("POST", "/v1/predict", body)
        answer = connection.getresponse()
        text = answer.read()
        statuses[answer.status] += 1
        if answer.status >= 500:
            raise SystemExit(f"body {number} was answered by {answer.status}: {text!r}")
    counts = ", ".join(f"{n} times {status}" for status, n in sorted(statuses.items()))
    return f"{count} bodies: {counts}; memory {early:.0f} MB, then {memory(address):.0f} MB"


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--images", type=int, default=100)
    parser.add_argument("--hostile", type=int, default=0, metavar="N")
    parser.add_argument("--bundle", type=Path, default=paths.EXPORT)
    parsed = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, server(parsed.bundle) as address:
        if parsed.hostile:
            print(attack(address, parsed.hostile))
            return
        files = draw(Path(folder), parsed.images)
        bodies, third = [file.read_bytes() for file in files], min(parsed.seconds / 3, 20)
        print("| | images/s | p50, ms | p95, ms | failed | memory, MB | at the end |")
        print("|---|---|---|---|---|---|---|")
        print(predicted(parsed.bundle, files, third), flush=True)
        print(under_load(address, bodies, parsed.seconds, parsed.clients), flush=True)
        print(predicted(parsed.bundle, files, third))


if __name__ == "__main__":
    main()
