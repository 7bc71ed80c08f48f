"""A real browser for tests: Chromium of the system, driven by Playwright."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM: Final = Path("/usr/bin/chromium")
# As root in a container without a network; nothing is looked up or updated behind the test's back.
FLAGS: Final = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """Start a headless browser; skips where there is none."""
    if not CHROMIUM.is_file():
        pytest.skip(f"NOT TESTED: pages in a browser, as {CHROMIUM} isn't there")
    driver = pytest.importorskip("playwright.sync_api", reason="NOT TESTED: needs playwright")
    with driver.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield started
        started.close()
