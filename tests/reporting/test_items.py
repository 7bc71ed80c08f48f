"""The items are those of docs/reporting.md, and every item of both lists is there."""

from lesion_pipeline.reporting.items import ChecklistItem, claim, table, tripod
from tests.code_deps import ROOT, code_deps

PAGE = (ROOT / "docs/reporting.md").read_text(encoding="utf-8")


def test_the_page_shows_the_items() -> None:
    hint = "put what `python -m lesion_pipeline.reporting.items` prints into docs/reporting.md"
    assert f"\n\n{table(tripod())}\n\n" in PAGE, hint
    assert f"\n\n{table(claim())}\n\n" in PAGE, hint


def test_an_item_as_a_row() -> None:
    items = [ChecklistItem("1", "a, b", "people", ""), ChecklistItem("2", "c", "pipeline", "d")]
    assert table(items) == (
        "| item | subject | who | where, or what is left to say |\n|---|---|---|---|\n"
        "| 1 | a, b | people | |\n| 2 | c | pipeline | d |"
    )


def test_a_change_of_the_items_or_of_the_style_runs_the_stage_again() -> None:
    assert "lesion_pipeline/reporting" in code_deps("report")  # the folder, whatever is in it
