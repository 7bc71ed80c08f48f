"""A progress bar on a terminal, a line now and then in a log file."""

import sys
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

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
    yield from tqdm(items, what, total, unit=unit, **_where())


def progress_bytes(
    chunks: Iterable[bytes], total: int | None, done: int, what: str
) -> Iterator[bytes]:
    """Pass `chunks` on while showing bytes, rate and remaining time on standard error.

    Args:
        chunks: what comes.
        total: bytes in all, those before included, if that is known.
        done: bytes that came before.
        what: what it is about.
    """
    with tqdm(desc=what, total=total, initial=done, unit="B", unit_scale=True, **_where()) as shown:
        for chunk in chunks:
            yield chunk
            shown.update(len(chunk))


def _where() -> dict[str, Any]:
    """Give what tqdm needs to know: a terminal gets a bar, a log file a line now and then."""
    if sys.stderr.isatty():
        return {}
    return {"file": _Lines(), "mininterval": LOG_SECONDS, "ncols": 80}
