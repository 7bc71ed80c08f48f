"""A page in a browser, and what it does behind its user's back."""

from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Page


@dataclass
class Watched:
    """A page, and what it complained of and asked for.

    Attributes:
        page: of Playwright.
        complaints: errors on its console and exceptions.
        requests: addresses that it asked for, but for those that it made itself (blob:).
    """

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin to watch."""
        self.page.on("console", lambda each: self._note(each.type, each.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self._asked(request.url))

    def _note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(text)

    def _asked(self, url: str) -> None:
        if not url.startswith("blob:"):
            self.requests.append(url)

    def open(self, url: str) -> Page:
        """Load the page and wait until it can be used."""
        self.page.goto(url)
        self.page.locator("body[data-ready]").wait_for()
        return self.page

    def give(self, *files: Path) -> None:
        """Choose files as a user does."""
        self.page.locator("#files").set_input_files([str(file) for file in files])

    def result(self) -> str:
        """Wait for a result with its heat map; return the text of it."""
        self.page.locator(".map:not([hidden])").wait_for(state="attached", timeout=60_000)
        return self.page.locator("#result").inner_text()
