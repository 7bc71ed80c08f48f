"""Chapters on TRIPOD+AI and CLAIM: what the pipeline answers, and what people have to."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from lesion_pipeline.bundle.card.cells import table
from lesion_pipeline.reporting.items import PEOPLE, ChecklistItem, claim, tripod
from lesion_pipeline.reporting.page import Chapter

# The chapter that tells what a file has, by the file as tripod.csv and claim.csv name it.
PLACES: Final = {
    "data/backbone/manifest.json": "training",
    "data/calibration/calibrator.json": "calibration",
    "data/export/MODEL_CARD.md (Intended use)": "limits",
    "data/export/MODEL_CARD.md (Limits)": "limits",
    "data/export/MODEL_CARD.md (Network)": "training",
    "data/export/bundle.json": "lineage",
    "data/model/manifest.json": "training",
    "data/raw/ATTRIBUTION.md": "data",
    "data/raw/collection.json": "data",
    "data/split/split_metadata.json": "flow",
    "data/summary/cohort.md": "table-1",
    "data/summary/headline.md": "figures",
    "data/tfrecords/manifest.json": "training",
    "metrics/audit.json": "audit",
    "metrics/evaluate.json": "figures",
    "metrics/explain.json": "explanations",
    "metrics/preprocess.json": "flow",
    "metrics/split.json": "flow",
    "metrics/threshold.json": "operating-point",
    "metrics/validate.json": "other-collections",
    "params.yaml": "parameters",
    "plots/draw": "figures",
    "plots/draw/confusion_matrix.png": "operating-point",
    "plots/draw/flow.png": "flow",
    "plots/draw/history.png": "training",
    "plots/draw/roc.png": "figures",
    "plots/explain": "explanations",
    "plots/explore": "data",
    "plots/summary/clinical_test.csv": "figures",
    "plots/summary/mistakes.csv": "mistakes",
    "plots/summary/subgroups_test.csv": "subgroups",
    "plots/summary/subgroups_val.csv": "subgroups",
    "plots/threshold/policies.csv": "operating-point",
}
_NAMED: Final = re.compile("|".join(map(re.escape, sorted(PLACES, key=len, reverse=True))))
_PAGE: Final = re.compile(r"\[(\w+\.md)\]\([^)]*\)")  # another page of docs/
_AGAIN: Final = re.compile(r"(\[[^]]*\]\(#[^)]*\))(?:(?:, | and )\1)+")
_FILE: Final = re.compile(r"(?<![`\w/.])((?:data|plots|metrics)/[\w./]*\w)")
_NO_JUDGEMENT: Final = (
    "The numbers are those of the lists, the subjects in our words and shortened; fill in the "
    "official forms for a submission. An answer of the pipeline is no judgement: it tells what was "
    'done, not whether that was enough. "In part": the facts are here, the reasons are left.'
)
_NOT_HERE: Final = "No output of a pipeline answers these. A paper needs them all the same."


def checklists(chapters: Iterable[Chapter]) -> list[Chapter]:
    """Return a chapter for each list, and one of what is left for people.

    Args:
        chapters: of the report, to which the answers point.
    """
    titles = {chapter.anchor: chapter.title.split(":")[0] for chapter in chapters}
    lists = {"TRIPOD+AI": tripod(), "CLAIM": claim()}
    return [
        Chapter(
            "tripod-ai",
            "TRIPOD+AI, item by item",
            (_NO_JUDGEMENT, _answers(lists["TRIPOD+AI"], titles)),
        ),
        Chapter("claim", "CLAIM 2024, item by item", (_answers(lists["CLAIM"], titles),)),
        Chapter("people", "What only people can answer", (_NOT_HERE, *_left(lists, titles))),
    ]


def linked(text: str, titles: Mapping[str, str]) -> str:
    """Return an answer with links to chapters instead of names of files.

    Args:
        text: Markdown that names files of the repository.
        titles: of the chapters by anchor.
    """
    text = _NAMED.sub(lambda found: _link(PLACES[found[0]], titles), text)
    text = _PAGE.sub(r"`docs/\1`", text)
    return _FILE.sub(r"`\1`", _AGAIN.sub(r"\1", text))


def _link(anchor: str, titles: Mapping[str, str]) -> str:
    return f"[{titles[anchor]}](#{anchor})"


def _answers(items: list[ChecklistItem], titles: Mapping[str, str]) -> str:
    rows = [
        (each.item, each.subject, each.who, linked(each.where, titles))
        for each in items
        if each.who != PEOPLE
    ]
    return table(("item", "subject", "answered", "where, or what is left to say"), rows)


def _left(lists: Mapping[str, list[ChecklistItem]], titles: Mapping[str, str]) -> list[str]:
    parts = []
    for name, items in lists.items():
        rows = [
            (each.item, each.subject, linked(each.where, titles))
            for each in items
            if each.who == PEOPLE
        ]
        parts.append(f"### {name}\n\n" + table(("item", "subject", "what may help"), rows))
    return parts
