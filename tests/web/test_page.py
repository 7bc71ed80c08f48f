"""The page in a real browser: what a user does, and what it must never do."""

import base64
import csv
import io
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.web.served import Served, serving
from tests.web.watched import Watched

pytestmark = pytest.mark.slow

# The same check for all sizes: text that is cut off, or a page that scrolls sideways.
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
DROP = """([names, contents]) => {
  const data = new DataTransfer();
  names.forEach((name, n) => {
    const bytes = Uint8Array.from(atob(contents[n]), (each) => each.charCodeAt(0));
    data.items.add(new File([bytes], name, { type: "image/jpeg" }));
  });
  KIND
}"""


@pytest.fixture
def watched(browser: Browser, served: Served) -> Iterator[Watched]:
    """The page of the server of diagnoses, opened; it must not complain or ask elsewhere."""
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        watching = Watched(context.new_page())
        watching.open(served.url)
        yield watching
        assert watching.complaints == []
        assert [url for url in watching.requests if not url.startswith(served.url + "/")] == []


def images(pictures: Path, count: int) -> list[Path]:
    return sorted(pictures.iterdir())[:count]


def shown(page: Page, column: str) -> list[str]:
    return page.locator(f"table.list tbody td.{column}").all_inner_texts()


def percent(p: float) -> str:
    """Return a probability as the page writes it: never as certain."""
    if not 0.001 <= p <= 0.999:
        return "<\N{NBSP}0.1\N{NBSP}%" if p < 0.001 else ">\N{NBSP}99.9\N{NBSP}%"
    return f"{100 * p:.1f}\N{NBSP}%"


def expected(served: Served, file: Path) -> dict:  # type: ignore[type-arg]
    return dict(served.post("/v1/predict", file.read_bytes()).json())


def test_a_picture_gets_its_answer_with_all_that_belongs_to_it(
    watched: Watched, served: Served, pictures: Path
) -> None:
    (file,) = images(pictures, 1)
    answer, page = expected(served, file), watched.page
    watched.give(file)
    text = watched.result()
    assert f"Called {answer['predicted_class']}" in text
    assert percent(answer["probability_malignant"]) in text
    assert percent(answer["probability_calibrated"]) in text
    assert "For research and education only, not for clinical use." in text
    assert "trained on generated pictures" in text
    assert "Of 100 malignant lesions like those it was tested on, it finds" in text
    assert page.locator(".bars tr").count() == 7
    page.locator(".similar li").first.wait_for()
    assert page.locator(".similar li").count() == 6
    assert "similarity 1.00" in page.locator(".similar li").first.inner_text()
    assert page.locator("#notice").is_visible()


def test_the_heat_map_follows_its_slider(watched: Watched, pictures: Path) -> None:
    watched.give(*images(pictures, 1))
    watched.result()
    heat = watched.page.locator(".map")
    assert heat.evaluate("each => each.naturalWidth") == 120
    for value in ("0", "0.4"):
        watched.page.locator("#opacity").fill(value)
        assert heat.evaluate("each => getComputedStyle(each).opacity") == value


def test_the_prevalence_slider_shifts_the_calibrated_probability(
    watched: Watched, served: Served, pictures: Path
) -> None:
    (file,) = images(pictures, 1)
    watched.give(file)
    watched.result()
    watched.page.locator("#prevalence").fill("-2")  # the slider is logarithmic: 1 %
    answer = served.post("/v1/predict?prevalence=0.01", file.read_bytes()).json()
    found = watched.page.locator(".probabilities output").inner_text()
    assert found == percent(answer["probability_at_prevalence"])


@pytest.mark.parametrize("way", ["drop", "paste"])
def test_pictures_can_be_dropped_and_pasted(watched: Watched, pictures: Path, way: str) -> None:
    files = images(pictures, 2)
    kinds = {
        "drop": 'document.dispatchEvent(new DragEvent("drop", { dataTransfer: data }));',
        "paste": 'document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data }));',
    }
    contents = [base64.b64encode(file.read_bytes()).decode() for file in files]
    names = [file.name for file in files]
    watched.page.evaluate(DROP.replace("KIND", kinds[way]), [names, contents])
    watched.page.get_by_text("2 of 2 pictures done").wait_for()
    watched.result()


def test_a_bad_file_gets_a_sentence_and_the_rest_goes_on(
    watched: Watched, pictures: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "<img src=x onerror=alert(1)>.jpg"
    bad.write_bytes(b"%PDF-1.7")
    watched.give(bad)
    watched.page.get_by_text("No result").wait_for()
    text = watched.page.locator("#result").inner_text()
    assert "expected a JPEG or PNG image, received PDF" in text
    assert bad.name in text  # as text, not as markup
    watched.give(*images(pictures, 1))
    watched.page.get_by_text("2 of 2 pictures done, 1 could not be read").wait_for()
    # Chromium itself notes each status of 400 and above, whatever a page does with it.
    assert all("422" in each for each in watched.complaints)
    watched.complaints.clear()


def test_fifty_pictures_sort_filter_and_save(
    watched: Watched, served: Served, pictures: Path, tmp_path: Path
) -> None:
    files, page = images(pictures, 48), watched.page
    watched.give(*files, *files[:2])
    page.get_by_text("50 of 50 pictures done").wait_for(timeout=120_000)
    rows = page.locator("table.list tbody tr")
    assert rows.count() == 50
    page.get_by_role("button", name="Probability", exact=True).click()
    values = [float(each.strip("<>\N{NBSP}%")) for each in shown(page, "probability")]
    assert values == sorted(values, reverse=True)
    assert page.locator("th[data-key=probability]").get_attribute("aria-sort") == "descending"
    page.locator("#side").select_option("malignant")
    assert set(shown(page, "decision")) == {"malignant"}
    page.locator("#side").select_option("all")
    page.locator("#filter").fill("VAL_0")
    assert rows.count() == 10
    with page.expect_download() as saved:
        page.locator("#save").click()
    found = list(csv.DictReader(io.StringIO(Path(saved.value.path()).read_text())))
    assert len(found) == 10
    for row in found:
        answer = expected(served, pictures / row["image"])
        for key in ("probability_malignant", "probability_calibrated", "threshold"):
            assert float(row[key]) == answer[key]
        assert row["predicted_class"] == answer["predicted_class"]
    rows.nth(3).get_by_role("button").click()
    assert rows.nth(3).locator(".name-button").inner_text() in watched.result()


def test_it_can_be_used_without_a_mouse(watched: Watched, pictures: Path) -> None:
    page = watched.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "files"
    watched.give(*images(pictures, 3))
    page.get_by_text("3 of 3 pictures done").wait_for()
    page.locator(".name-button").nth(1).focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.tagName") == "H2"
    assert page.locator(".name-button").nth(1).get_attribute("aria-current") == "true"


def test_everything_has_a_name_for_a_screen_reader(watched: Watched, pictures: Path) -> None:
    watched.give(*images(pictures, 2))
    watched.result()
    page = watched.page
    assert page.locator("[role=status]").get_attribute("aria-live") == "polite"
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll("button, input, select")]
          .filter((each) => !(each.labels?.length || each.textContent.trim() || each.ariaLabel))
          .map((each) => each.outerHTML)"""
    )
    assert unnamed == []
    assert (
        page.evaluate("[...document.images].filter((each) => !each.hasAttribute('alt')).length")
        == 0
    )
    levels = page.evaluate(
        "[...document.querySelectorAll('h1,h2,h3')].map((each) => +each.tagName[1])"
    )
    assert all(after - before <= 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_cut_off_and_text_can_be_read(
    browser: Browser, served: Served, pictures: Path, width: int, scheme: str
) -> None:
    with browser.new_context(
        viewport={"width": width, "height": 844},
        color_scheme=scheme,  # type: ignore[arg-type]
    ) as context:
        watching = Watched(context.new_page())
        page = watching.open(served.url)
        watching.give(*images(pictures, 3))
        watching.result()
        assert page.evaluate(WIDER) <= 0
        for selector in (".verdict h2", ".quiet", ".plain", ".disclaimer", ".side", "#notice"):
            assert contrast(page, selector) >= 4.5, selector  # WCAG 2.2, level AA


def contrast(page: Page, selector: str) -> float:
    """Return the contrast of an element's text to what is behind it, 1 to 21."""
    colours = page.locator(selector).first.evaluate(
        """each => {
          const text = getComputedStyle(each).color;
          let back = "rgba(0, 0, 0, 0)";
          for (; each && back === "rgba(0, 0, 0, 0)"; each = each.parentElement)
            back = getComputedStyle(each).backgroundColor;
          return [text, back].map((colour) => colour.match(/[\\d.]+/g).slice(0, 3).map(Number));
        }"""
    )
    light = sorted(luminance(colour) for colour in colours)
    return (light[1] + 0.05) / (light[0] + 0.05)


def luminance(colour: list[float]) -> float:
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (each / 255 for each in colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_it_prints_the_answer_and_no_controls(watched: Watched, pictures: Path) -> None:
    watched.give(*images(pictures, 1))
    watched.result()
    page = watched.page
    page.emulate_media(media="print")
    for gone in ("#drop", "#opacity", "#prevalence"):
        assert not page.locator(gone).is_visible()
    for there in (".verdict", ".disclaimer >> nth=0", ".bars", ".plain-picture"):
        assert page.locator(there).is_visible()
    assert len(page.pdf(format="A4")) > 10_000


def test_a_printed_list_has_a_row_a_line_and_its_head_on_each_sheet(
    watched: Watched, pictures: Path
) -> None:
    watched.give(*images(pictures, 3))
    page = watched.page
    page.get_by_text("3 of 3 pictures done").wait_for()
    page.set_viewport_size({"width": 690, "height": 1000})  # A4 without its margins
    page.emulate_media(media="print")
    heights = "rows => rows.map(row => row.getBoundingClientRect().height)"
    assert max(page.locator("table.list tbody tr").evaluate_all(heights)) < 25
    # Chromium repeats no head in which a button has a box.
    boxes = "all => all.map(each => getComputedStyle(each).display)"
    assert set(page.locator("table.list thead button").evaluate_all(boxes)) == {"contents"}


def test_it_works_without_a_network_and_says_when_the_server_is_gone(
    browser: Browser, bundle_folder: Path, pictures: Path
) -> None:
    """A server on this machine needs no network; this one predicts malignant or not."""
    with browser.new_context() as context, serving(bundle_folder) as server:
        watching = Watched(context.new_page())
        page = watching.open(server.url)
        watching.give(*images(pictures, 1))
        watching.result()
        assert page.locator(".bars").count() == 0  # one output is no list of diagnoses
        server.stop()
        watching.give(*images(pictures, 2)[1:])
        page.get_by_text("2 of 2 pictures done, 1 could not be read").wait_for()
        assert "The server does not answer" in page.locator("#list").inner_text()
