"""One writer at a time for an output file."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lesion_pipeline.core.errors import PipelineError
from lesion_pipeline.core.files import PARTIAL


@contextmanager
def only_writer(target: Path) -> Iterator[None]:
    """Hold an output file against other processes until the block ends, however it ends.

    The lock is the system's, on OUTPUT.lock.partial, so a killed process holds nothing. Windows has
    no such lock.

    Raises:
        PipelineError: another process writes to it.
    """
    if sys.platform == "win32":
        yield
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    lock = target.with_name(f"{target.name}.lock{PARTIAL}")
    handle = _locked(lock, target)
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)
        os.close(handle)


def _locked(lock: Path, target: Path) -> int:
    """Return the handle of the locked file, which is the one that has the name."""
    import fcntl

    while True:
        handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            raise PipelineError(
                f"--output: another process is writing to {target}: wait for it, or choose "
                "another file"
            ) from None
        if lock.exists() and os.path.samestat(os.fstat(handle), lock.stat()):
            return handle
        os.close(handle)  # of a process that has just ended and taken the name away
