"""The report in a real browser: it loads nothing, fits the screen, and prints."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lesion_pipeline.reporting.facts import ReportFacts
from lesion_pipeline.reporting.overview import DISCLAIMER
from lesion_pipeline.reporting.report import report

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.slow
WIDTHS = (390, 1280)


@pytest.fixture(scope="module")
def file(facts: ReportFacts, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(report(facts), encoding="utf-8")
    return path


class Opened:
    """A page from disk, and what it asked for and complained about."""

    def __init__(self, browser: "Browser", file: Path, **options: Any) -> None:
        self.page: Page = browser.new_page(**options)
        self.messages: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.messages.append(message.text))
        self.page.on("pageerror", lambda error: self.messages.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(file.as_uri(), wait_until="load")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_message_no_request_and_nothing_wider_than_the_screen(
    browser: "Browser",
    file: Path,
    width: int,
    scheme: str,
) -> None:
    size: Any = {"width": width, "height": 900}
    opened = Opened(browser, file, viewport=size, color_scheme=scheme)
    assert opened.messages == []
    assert [url for url in opened.requests if not url.startswith("data:")] == [file.as_uri()]
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
    unseen = "[...document.images].filter(image => !image.naturalWidth).length"
    assert opened.page.evaluate(unseen) == 0
    opened.page.close()


def luminance(colour: str) -> float:
    """Return the relative luminance of rgb(r, g, b), by WCAG 2.2."""
    values = [int(value) / 255 for value in re.findall(r"\d+", colour)[:3]]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values]
    return sum(w * v for w, v in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("chosen", ["main p", "main a", "thead th", ".banner", "figcaption", "pre"])
def test_text_has_enough_contrast(
    browser: "Browser",
    file: Path,
    scheme: str,
    chosen: str,
) -> None:
    opened = Opened(browser, file, color_scheme=scheme)
    front, back = opened.page.evaluate(
        """chosen => {
            let found = document.querySelector(chosen), front = getComputedStyle(found).color;
            const clear = () => getComputedStyle(found).backgroundColor == 'rgba(0, 0, 0, 0)';
            while (clear()) found = found.parentElement;
            return [front, getComputedStyle(found).backgroundColor];
        }""",
        chosen,
    )
    light, dark = sorted((luminance(front), luminance(back)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5  # WCAG 2.2, 1.4.3
    opened.page.close()


def test_the_keyboard_reaches_the_text_and_tables_that_scroll(
    browser: "Browser",
    file: Path,
) -> None:
    page = Opened(browser, file, viewport={"width": 390, "height": 844}).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"
    unreached = """[...document.querySelectorAll('*')].filter(found =>
        found.scrollWidth > found.clientWidth + 1 && getComputedStyle(found).overflowX == 'auto'
        && found.tabIndex < 0).length"""
    assert page.evaluate(unreached) == 0
    page.close()


def test_a_link_of_the_contents_shows_its_chapter_below_the_banner(
    browser: "Browser",
    file: Path,
) -> None:
    page = Opened(browser, file, viewport={"width": 1280, "height": 900}).page
    page.click("nav a[href='#limits']")
    top = page.evaluate("document.querySelector('#limits-title').getBoundingClientRect().top")
    banner = page.evaluate("document.querySelector('.banner').getBoundingClientRect().bottom")
    assert banner <= top < 300
    page.close()


def test_it_prints_on_a4(browser: "Browser", file: Path) -> None:
    page = Opened(browser, file).page
    printed = page.pdf(prefer_css_page_size=True)
    assert printed.startswith(b"%PDF")
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", printed)
    sizes = [(float(width), float(height)) for width, height in boxes]
    assert sizes and all(abs(w - 595) <= 1 and abs(h - 842) <= 1 for w, h in sizes)  # points
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert DISCLAIMER in page.inner_text(".banner")
    sizes_of_text = "['body', 'figcaption'].map(x => "
    sizes_of_text += "parseFloat(getComputedStyle(document.querySelector(x)).fontSize))"
    body, caption = page.evaluate(sizes_of_text)
    assert caption < body < 13  # CSS pixels: 9.5 pt, and whatever is in rem with it
    page.close()
