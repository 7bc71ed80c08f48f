"""Markdown as HTML that a screen reader can use, without anything that could load something."""

import re
from collections.abc import MutableMapping, Sequence
from functools import cache
from html import escape
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

LABEL: Final = "label"  # what a table is called, for those who can't see it
SHORT: Final = 20  # letters of a row's head that stay in one line
_NUMBER: Final = re.compile(r"[-+<]?\d")
_HEADING: Final = re.compile(r"\A# [^\n]*\n+")


def prose(text: str, label: str) -> str:
    """Return Markdown as HTML.

    HTML in the text is shown as it is, not obeyed, and images are not loaded: names and citations
    come from whoever brought the collection. A table scrolls by itself where it is too wide. Its
    first column has the heads of the rows.

    Args:
        text: paragraphs, lists, tables and headings of the third level and below.
        label: what the tables in it are called.
    """
    return str(_markdown().render(text, {LABEL: label}))


def plain(text: str) -> str:
    """Return text for HTML, also within an attribute."""
    return escape(text)


def without_heading(text: str) -> str:
    """Return a Markdown document without its first line, if that is its title."""
    return _HEADING.sub("", text)


@cache
def _markdown() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.disable(["image", "autolink", "html_block", "html_inline"])
    for name, rule in _RULES.items():
        parser.add_render_rule(name, rule)
    return parser


def _table_open(
    _: Any, __: Sequence[Token], ___: int, ____: Any, env: MutableMapping[Any, Any]
) -> str:
    label = escape(f"Table: {env[LABEL]}")
    return f'<div class="wide" role="region" tabindex="0" aria-label="{label}">\n<table>\n'


def _table_close(*_: Any) -> str:
    return "</table>\n</div>\n"


def _head_open(*_: Any) -> str:
    return '<th scope="col">'


def _cell_open(_: Any, tokens: Sequence[Token], at: int, *__: Any) -> str:
    text = tokens[at + 1].content
    if _begins_row(tokens, at):
        return '<th scope="row" class="n">' if len(text) <= SHORT else '<th scope="row">'
    return '<td class="n">' if _NUMBER.match(text) else "<td>"


def _cell_close(_: Any, tokens: Sequence[Token], at: int, *__: Any) -> str:
    return "</th>\n" if _begins_row(tokens, at - 2) else "</td>\n"


def _fence(_: Any, tokens: Sequence[Token], at: int, __: Any, env: MutableMapping[Any, Any]) -> str:
    label = escape(f"Text: {env[LABEL]}")
    return (
        f'<pre role="region" tabindex="0" aria-label="{label}">{escape(tokens[at].content)}</pre>'
    )


def _begins_row(tokens: Sequence[Token], at: int) -> bool:
    return tokens[at - 1].type == "tr_open"


_RULES: Final = {
    "table_open": _table_open,
    "table_close": _table_close,
    "th_open": _head_open,
    "td_open": _cell_open,
    "td_close": _cell_close,
    "fence": _fence,
}
