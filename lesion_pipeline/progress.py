"""A progress bar on a terminal, a line now and then in a log file."""

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

from tqdm import tqdm

T = TypeVar("T")
LOG_SECONDS = 15


class _Lines:
    """A stream for tqdm that turns its carriage returns into lines."""

    def write(self, text: str) -> None:
        if text.strip():
            sys.stderr.write(text.strip("\r\n") + "\n")

    def flush(self) -> None:
        sys.stderr.flush()


def progress(items: Iterable[T], total: int, what: str, unit: str = "image") -> Iterator[T]:
    """Pass `items` on while showing count, rate and remaining time on standard error."""
    if sys.stderr.isatty():
        yield from tqdm(items, desc=what, total=total, unit=unit)
    else:
        lines = _Lines()
        yield from tqdm(
            items, what, total, file=lines, unit=unit, mininterval=LOG_SECONDS, ncols=80
        )
