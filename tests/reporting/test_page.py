from pathlib import Path

from lesion_pipeline.reporting.page import STAMP, Chapter, Opening, page

OPENING = Opening('A "title" <b>', ('No "use" <here>', "none \\ there"), (("What", "**x** <i>"),))


def test_all_text_is_escaped_and_the_contents_name_the_chapters(tmp_path: Path) -> None:
    chapters = [Chapter("one", "One & two", ("text",)), Chapter("three", "Three", ())]
    shown = page(OPENING, chapters, tmp_path)
    assert "<title>A &quot;title&quot; &lt;b&gt;</title>" in shown
    assert "No &quot;use&quot; &lt;here&gt; · none \\ there</p>" in shown
    assert "<dt>What</dt><dd><p><strong>x</strong> &lt;i&gt;</p>" in shown
    assert '<li><a href="#one">One &amp; two</a></li>\n<li><a href="#three">Three</a></li>' in shown
    assert '<section id="one" aria-labelledby="one-title">' in shown
    assert '<h2 id="one-title">One &amp; two</h2>\n<p>text</p>' in shown


def test_a_warning_can_not_end_the_style(tmp_path: Path) -> None:
    shown = page(OPENING, [], tmp_path)
    assert "content: \"No 'use' here> · none  there\"" in shown
    assert shown.count("</style>") == 1


def test_there_is_one_place_for_a_stamp(tmp_path: Path) -> None:
    assert page(OPENING, [], tmp_path).count(STAMP) == 1
