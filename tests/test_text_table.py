"""Tables of text."""

from pathlib import Path

import pandas as pd
import pytest

from lesion_pipeline.text_table import (
    CaptionedTable,
    latex,
    markdown,
    plain,
    with_interval,
    write_captioned,
)

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


def test_latex_is_a_tabular_that_needs_no_package() -> None:
    assert latex(TABLE).splitlines() == [
        r"\begin{tabular}{lrr}",
        r"\hline",
        r" & AUC & verdict \\",
        r"\hline",
        r"val & 0.5 &  \\",
        r"test & 0.25 & better \\",
        r"\hline",
        r"\end{tabular}",
    ]


def test_cells_can_not_break_a_latex_table() -> None:
    table = pd.DataFrame([["follow_up & 5 %", "a\\b {c} $ # ~ ^"]], columns=["x", "y"])
    assert latex(table).splitlines()[4] == (
        r"follow\_up \& 5 \% & a\textbackslash{}b \{c\} \$ \# \textasciitilde{} "
        r"\textasciicircum{} \\"
    )


def test_a_table_with_title_and_note_is_written_in_both_forms(tmp_path: Path) -> None:
    write_captioned(tmp_path, {"one": CaptionedTable("Title", "100 % of it.", TABLE)})
    assert sorted(file.name for file in tmp_path.iterdir()) == ["one.md", "one.tex"]
    text = (tmp_path / "one.md").read_text()
    assert text == f"# Title\n\n{markdown(TABLE)}\n\n100 % of it.\n"
    lines = (tmp_path / "one.tex").read_text().splitlines()
    assert lines[:2] == [r"\begin{table}", r"\caption{Title. 100 \% of it.}"]
    assert lines[-1] == r"\end{table}"


@pytest.mark.parametrize(
    ("value", "interval", "text"),
    [
        (0.85, (0.75, 0.95), "0.850 (0.750 to 0.950)"),
        (-0.5, (-1.0, 0.25), "-0.500 (-1.000 to 0.250)"),
        (0.5, (None, 1.0), "0.500 (unlimited to 1.000)"),
        (None, None, "undefined"),
    ],
)
def test_a_value_with_its_interval(
    value: float | None, interval: tuple[float | None, float] | None, text: str
) -> None:
    assert with_interval(value, interval) == text
