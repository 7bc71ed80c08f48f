"""One process at a time on this machine."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lesion_pipeline.core.errors import DataError


@contextmanager
def alone(lock: Path, refusal: str | None = None) -> Iterator[None]:
    """Let one process at a time into this block.

    Args:
        lock: the file that stands for the block; it stays.
        refusal: why a second process is refused; None: it waits.

    Raises:
        DataError: another process is in the block, with `refusal`.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (fcntl.LOCK_NB if refusal else 0))
        except OSError:
            if refusal is None:
                raise
            raise DataError(refusal) from None
        yield
