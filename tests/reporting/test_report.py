"""The whole report: what must be said, in which order, and that it needs nothing else."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from lesion_pipeline.reporting.facts import ReportFacts
from lesion_pipeline.reporting.overview import DISCLAIMER, GENERATED
from lesion_pipeline.reporting.report import report
from tests.reporting.known import FIGURES, PICTURES, make_facts

TITLES = [
    "Contents", "Data and attribution", "Flow of lesions", "Table 1: the lesions by split",
    "Audit: do images leak between splits?", "Network and training", "Figures with intervals",
    "Calibration", "Operating point", "Subgroups", "Mistakes (test)", "Explanations",
    "Other collections", "Intended use and limits", "TRIPOD+AI, item by item",
    "CLAIM 2024, item by item", "What only people can answer", "Lineage", "Parameters",
]  # fmt: skip


class Elements(HTMLParser):
    """The elements of a page with their attributes, and headings with their text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.headings: list[tuple[str, str]] = []
        self._open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attributes)))
        self._open.append(tag)

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] in ("h1", "h2", "h3") and data.strip():
            self.headings.append((self._open[-1], data.strip()))

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


@pytest.fixture(scope="module")
def text(facts: ReportFacts) -> str:
    return report(facts)


@pytest.fixture(scope="module")
def page(text: str) -> Elements:
    return Elements(text)


def test_the_same_facts_give_the_same_text(text: str, tmp_path: Path) -> None:
    assert report(make_facts(tmp_path)) == text


def test_chapters_in_order_below_one_title(page: Elements) -> None:
    assert [name for tag, name in page.headings if tag == "h1"] == ["tiny: report"]
    assert [name for tag, name in page.headings if tag == "h2"] == TITLES


def test_links_lead_somewhere_and_every_id_is_there_once(page: Elements) -> None:
    ids = [each["id"] for _, each in page.found if "id" in each]
    assert len(set(ids)) == len(ids)
    links = [str(each["href"]) for each in page.named("a")]
    assert len(links) > 60
    assert {link.removeprefix("#") for link in links} <= set(ids)


def test_nothing_is_loaded_and_nothing_runs(page: Elements) -> None:
    assert not page.named("script") and not page.named("iframe")
    assert [each["href"] for each in page.named("link")] == ["data:,"]
    assert all(str(each["src"]).startswith("data:image/") for each in page.named("img"))
    policy = next(each for each in page.named("meta") if "http-equiv" in each)
    assert str(policy["content"]).startswith("default-src 'none'")


def test_every_figure_has_words_and_every_table_heads(page: Elements) -> None:
    images = page.named("img")
    assert len(images) == len(FIGURES) + len(PICTURES)
    assert all(len(str(each["alt"])) > 20 for each in images)
    assert {each.get("scope") for each in page.named("th")} == {"col", "row"}


def test_what_it_is_not_is_said_across_the_page_and_on_paper(text: str) -> None:
    assert text.count(f'<p class="banner" role="note">{GENERATED} · {DISCLAIMER}</p>') == 1
    assert f'@bottom-left {{ content: "{GENERATED} · {DISCLAIMER}" }}' in text


def test_images_of_persons_are_said_to_be_left_out(facts: ReportFacts, tmp_path: Path) -> None:
    data = facts.manifest.data.model_copy(update={"generated": False})
    manifest = facts.manifest.model_copy(update={"data": data})
    shown = report(replace(facts, manifest=manifest, pictures=tmp_path))
    assert GENERATED not in shown and DISCLAIMER in shown
    assert "are not shown, as they may show patients" in shown
    assert "<img" not in shown


def test_val_comes_before_test(text: str) -> None:
    summary = text[text.index('<dl class="summary">') : text.index("</dl>")]
    assert summary.index("Val, on which") < summary.index("Test, which")
    heads = re.findall(r"<thead>.*?</thead>", text, re.DOTALL)
    both = [head for head in heads if ">val<" in head and ">test<" in head]
    assert len(both) >= 4
    assert all(head.index(">val<") < head.index(">test<") for head in both)
