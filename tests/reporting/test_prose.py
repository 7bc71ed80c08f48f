import pytest

from lesion_pipeline.reporting.prose import plain, prose, without_heading


def test_a_table_has_heads_of_columns_and_rows_and_a_name() -> None:
    shown = prose(
        '|  | val |\n|---|---|\n| rate | 0.5 (0.2 to 0.8) |\n| "<b>" and what follows | none |',
        'A "B"',
    )
    assert (
        '<div class="wide" role="region" tabindex="0" aria-label="Table: A &quot;B&quot;">' in shown
    )
    assert '<th scope="col">val</th>' in shown
    assert '<th scope="row" class="n">rate</th>\n<td class="n">0.5 (0.2 to 0.8)</td>' in shown
    assert '<th scope="row">&quot;&lt;b&gt;&quot; and what follows</th>\n<td>none</td>' in shown
    assert shown.count("<table>") == shown.count("</table>\n</div>") == 1


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "a <img src=x onerror=alert(1)> b",
        "![x](https://example.org/x.png)",
        "[x](javascript:alert(1))",
        "<https://example.org>",
        "<style>*{display:none}</style>",
    ],
)
def test_text_of_a_collection_loads_and_runs_nothing(hostile: str) -> None:
    shown = prose(hostile, "x")
    for element in ("<script", "<img", "<style", 'href="javascript', 'href="https://example.org"'):
        assert element not in shown


def test_parameters_are_shown_as_they_are() -> None:
    shown = prose("~~~~~~\na: 1  # <b> *x*\n~~~~~~\n", "All")
    assert shown == (
        '<pre role="region" tabindex="0" aria-label="Text: All">a: 1  # &lt;b&gt; *x*\n</pre>'
    )


def test_plain_text_fits_into_an_attribute() -> None:
    assert plain('a "b" <c> & d') == "a &quot;b&quot; &lt;c&gt; &amp; d"


def test_the_title_of_a_document_is_dropped_and_no_other_line() -> None:
    assert without_heading("# Title\n\n## Part\n\n# x\n") == "## Part\n\n# x\n"
    assert without_heading("## Part\n") == "## Part\n"
