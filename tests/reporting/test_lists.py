import re

import pytest

from lesion_pipeline.reporting.facts import ReportFacts
from lesion_pipeline.reporting.items import PEOPLE, claim, tripod
from lesion_pipeline.reporting.lists import PLACES, checklists, linked
from lesion_pipeline.reporting.page import Chapter
from lesion_pipeline.reporting.report import report

TITLES = {anchor: anchor.upper() for anchor in PLACES.values()}
# Files that people get from the repository or the bundle; the report doesn't show them.
ELSEWHERE = {"data/export", "data/export/MODEL_CARD.md", "plots/threshold/targets.csv"}


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        ("size: data/model/manifest.json", "size: [TRAINING](#training)"),
        ("plots/draw/flow.png, metrics/split.json", "[FLOW](#flow)"),
        ("data/raw/ATTRIBUTION.md and data/raw/collection.json: x", "[DATA](#data): x"),
        ("plots/draw/roc.png, plots/draw", "[FIGURES](#figures)"),
        ("data/export/MODEL_CARD.md (Limits) is a start", "[LIMITS](#limits) is a start"),
        ("data/export/MODEL_CARD.md (Use)", "`data/export/MODEL_CARD.md` (Use)"),
        ("[results.md](results.md#maps)", "`docs/results.md`"),
        ("`lesion tested`", "`lesion tested`"),
    ],
)
def test_names_of_files_become_links_to_chapters(answer: str, shown: str) -> None:
    assert linked(answer, TITLES) == shown


def test_every_file_that_an_answer_names_has_a_chapter() -> None:
    named = {
        file
        for item in tripod() + claim()
        for file in re.findall(r"(?:data|plots|metrics)/[\w./]*\w", item.where)
    }
    assert named - {place.split(" ")[0] for place in PLACES} <= ELSEWHERE
    assert len(named) > 25


def test_the_chapters_exist(facts: ReportFacts) -> None:
    text = report(facts)
    for anchor in PLACES.values():
        assert f'<section id="{anchor}"' in text


def test_each_item_is_answered_or_left_to_people() -> None:
    chapters = checklists([Chapter(anchor, title, ()) for anchor, title in TITLES.items()])
    answered, left = "".join(map(str, (*chapters[0].blocks, *chapters[1].blocks))), chapters[2]
    for item in tripod() + claim():
        row = f"| {item.item} | {item.subject} |"
        assert (row in answered) == (item.who != PEOPLE), item
        assert (row in "".join(map(str, left.blocks))) == (item.who == PEOPLE), item
