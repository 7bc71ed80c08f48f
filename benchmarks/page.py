"""How near does `lesion page` come to `lesion predict`, and how long does an image take?

    dvc repro                                        # data/raw/images
    python benchmarks/page.py --bundle BUNDLE        # with ONNX; needs npm, Chromium
    python benchmarks/page.py --bundle BUNDLE --images 4 --runtime onnxruntime-web-1.30.0.tgz

The page is made, served by Python's http.server and opened in Chromium without a window. The images
are given to it as a user gives them, and its CSV is compared with `lesion predict`.
"""

import argparse
import csv
import io
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright

from lesion_pipeline import paths
from lesion_pipeline.core.labels import decide
from lesion_pipeline.loops.parallel import cores
from lesion_pipeline.serve.load import load_bundle
from lesion_pipeline.serve.predict import predict_files
from lesion_pipeline.web.static_page import make_page

OPTIONS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
PATIENCE = 540_000  # ms


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder and prints nothing."""

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing."""


@contextmanager
def opened(folder: Path) -> Iterator[Page]:
    """Serve a folder and open its page."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(OPTIONS))
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{server.server_port}/")
        page.locator("body[data-ready]").wait_for(timeout=PATIENCE)
        yield page
        browser.close()
    server.shutdown()


def by_page(page: Page, files: list[Path]) -> dict[str, float]:
    """Return the probability of malignancy by file name."""
    page.locator("#files").set_input_files([str(file) for file in files])
    count = len(files)
    page.get_by_text(f"{count} of {count} pictures done").wait_for(timeout=PATIENCE)
    with page.expect_download() as saved:
        page.locator("#save").click()
    rows = csv.DictReader(io.StringIO(Path(saved.value.path()).read_text()))
    return {row["image"]: float(row["probability_malignant"]) for row in rows}


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bundle", type=Path, default=paths.EXPORT)
    parser.add_argument("--folder", type=Path, default=paths.IMAGES)
    parser.add_argument("--images", type=int, default=200)
    parser.add_argument("--runtime", type=Path)
    parsed = parser.parse_args()
    files = sorted(parsed.folder.iterdir())[: parsed.images]
    classifier = load_bundle(parsed.bundle)
    rows = list(predict_files(classifier, files, cores(), quiet=True))
    expected = np.array([row["probability_malignant"] for row in rows])
    with tempfile.TemporaryDirectory() as folder:
        size = make_page(parsed.bundle, Path(folder) / "page", parsed.runtime)
        with opened(Path(folder) / "page") as page:
            start = time.perf_counter()
            got = by_page(page, files)
            taken = time.perf_counter() - start
    found = np.array([got[file.name] for file in files])
    apart = np.abs(found - expected)
    threshold = classifier.threshold or 0.5
    same = (decide(found, threshold) == decide(expected, threshold)).mean()
    print(f"{len(files)} images, {size / 1e6:.0f} MB", file=sys.stderr)
    print("| images | MB | largest difference | mean difference | same decision | s per image |")
    print("|---|---|---|---|---|---|")
    print(
        f"| {len(files)} | {size / 1e6:.0f} | {apart.max():.5f} | {apart.mean():.6f} | "
        f"{same:.1%} | {taken / len(files):.2f} |"
    )
    for place in apart.argsort()[::-1][:3]:
        print(f"{files[place].name}: {expected[place]} here {found[place]}", file=sys.stderr)


if __name__ == "__main__":
    main()
