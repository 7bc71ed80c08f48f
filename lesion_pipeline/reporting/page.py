"""The page: head, contents and chapters, with its style; nothing is loaded, and nothing runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lesion_pipeline.reporting.pictures import Shown, gallery
from lesion_pipeline.reporting.prose import plain, prose

_STYLE: Final = Path(__file__).with_name("page.css")
_POLICY: Final = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
STAMP: Final = "<!-- stamp -->"  # where `lesion report --html` puts commit and processor

Block = str | tuple[Shown, ...]  # Markdown, or figures


@dataclass(frozen=True)
class Chapter:
    """A chapter of the report.

    Attributes:
        anchor: its name in links.
        title: its heading.
        blocks: what it has, in order.
    """

    anchor: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Opening:
    """What a reader sees first.

    Attributes:
        title: of the page.
        warnings: what is said across the page and on each sheet of paper.
        lines: the summary: a name and Markdown for each.
    """

    title: str
    warnings: tuple[str, ...]
    lines: tuple[tuple[str, str], ...]


def page(opening: Opening, chapters: Sequence[Chapter], pictures: Path) -> str:
    """Return the whole file.

    Args:
        opening: what comes first.
        chapters: in their order.
        pictures: folder of the figures that they name.
    """
    body = "\n".join(_chapter(chapter, pictures) for chapter in chapters)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<title>{plain(opening.title)}</title>
<link rel="icon" href="data:,">
<style>
{_style(opening)}</style>
</head>
<body>
<a class="skip" href="#main">To the text</a>
<p class="banner" role="note">{plain(" · ".join(opening.warnings))}</p>
<div class="sheet">
<header>
{_head(opening)}</header>
{_contents(chapters)}<main id="main">
{body}</main>
</div>
</body>
</html>
"""


def _head(opening: Opening) -> str:
    lines = "".join(
        f"<div><dt>{plain(name)}</dt><dd>{prose(text, name)}</dd></div>\n"
        for name, text in opening.lines
    )
    return f'<h1>{plain(opening.title)}</h1>\n<dl class="summary">\n{lines}</dl>\n{STAMP}\n'


def _contents(chapters: Sequence[Chapter]) -> str:
    items = "".join(
        f'<li><a href="#{each.anchor}">{plain(each.title)}</a></li>\n' for each in chapters
    )
    return (
        f'<nav aria-labelledby="contents">\n<h2 id="contents">Contents</h2>\n<ol>\n{items}</ol>\n'
        "</nav>\n"
    )


def _chapter(chapter: Chapter, pictures: Path) -> str:
    blocks = "".join(
        prose(block, chapter.title) if isinstance(block, str) else gallery(pictures, block)
        for block in chapter.blocks
    )
    heading = f'<h2 id="{chapter.anchor}-title">{plain(chapter.title)}</h2>'
    return (
        f'<section id="{chapter.anchor}" aria-labelledby="{chapter.anchor}-title">\n{heading}\n'
        f"{blocks}</section>\n"
    )


def _style(opening: Opening) -> str:
    """Return the style; what stands at the foot of each sheet of paper is part of it."""
    foot = " · ".join(opening.warnings).replace("\\", "").replace('"', "'").replace("<", "")
    return (
        _STYLE.read_text(encoding="utf-8") + f'@page {{ @bottom-left {{ content: "{foot}" }} }}\n'
    )
