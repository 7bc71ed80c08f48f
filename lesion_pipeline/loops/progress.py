"""A progress bar on a terminal, an occasional line in a log file."""

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


def progress(items: Iterable[T], total: int, label: str, unit: str = "image") -> Iterator[T]:
    """Yield `items` while showing count, rate and remaining time on standard error."""
    yield from tqdm(items, label, total, unit=unit, **_output())


def progress_bytes(
    chunks: Iterable[bytes], total: int | None, done: int, label: str
) -> Iterator[bytes]:
    """Yield `chunks` while showing bytes, rate and remaining time on standard error.

    Args:
        chunks: the bytes.
        total: number of bytes, including those received before; None if it isn't known.
        done: number of bytes received before.
        label: shown in front.
    """
    with tqdm(desc=label, total=total, initial=done, unit="B", unit_scale=True, **_output()) as bar:
        for chunk in chunks:
            yield chunk
            bar.update(len(chunk))


def _output() -> dict[str, Any]:
    """Return the options of tqdm: a bar for a terminal, an occasional line for a log file."""
    if sys.stderr.isatty():
        return {}
    return {"file": _Lines(), "mininterval": LOG_SECONDS, "ncols": 80}
