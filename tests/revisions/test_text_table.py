"""Tables of text."""

import pandas as pd

from lesion_pipeline.revisions.text_table import markdown, plain

TABLE = pd.DataFrame(
    [["val", "0.5", ""], ["test", "0.25", "better"]], columns=["", "AUC", "verdict"]
)


def test_columns_are_aligned() -> None:
    assert plain(TABLE).splitlines() == [
        "      AUC   verdict",
        "val   0.5",
        "test  0.25  better",
    ]


def test_markdown_has_a_rule_below_its_head() -> None:
    assert markdown(TABLE).splitlines() == [
        "|  | AUC | verdict |",
        "| --- | --- | --- |",
        "| val | 0.5 |  |",
        "| test | 0.25 | better |",
    ]


def test_cells_can_not_break_a_markdown_table() -> None:
    table = pd.DataFrame([["a|b", "two\nlines"]], columns=["x|y", "z"])
    assert markdown(table).splitlines() == [
        r"| x\|y | z |",
        "| --- | --- |",
        r"| a\|b | two lines |",
    ]


def test_a_table_without_rows_is_its_head() -> None:
    assert plain(TABLE.iloc[:0]) == "  AUC  verdict"
    assert len(markdown(TABLE.iloc[:0]).splitlines()) == 2
