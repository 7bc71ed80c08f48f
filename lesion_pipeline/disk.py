"""Whether a disk has room for what will be written, before hours are spent on it."""

import shutil
from contextlib import suppress
from pathlib import Path
from stat import S_ISREG
from typing import Final

from lesion_pipeline.core.errors import DataError

_UNITS: Final = ("kB", "MB", "GB", "TB")


def in_words(count: float) -> str:
    """Return a number of bytes for people, such as `51 MB` or `2.4 GB`; a kB has 1000 bytes."""
    value, units = count / 1000, list(_UNITS)
    while value >= 999.5 and len(units) > 1:
        value /= 1000
        units.pop(0)
    return f"{value:.1f} {units[0]}" if value < 9.95 else f"{value:.0f} {units[0]}"


def check_room(folder: Path, needed: int, what: str) -> str:
    """Check that the disk of a folder has room for what will be written there.

    Args:
        folder: it exists. What is in it already, from an interrupted run, counts as written.
        needed: bytes of all that it will contain.
        what: is written, for people.

    Returns:
        A line for people.

    Raises:
        DataError: less is free; states how much is needed and how much is free.
    """
    missing = max(0, needed - size_of(folder))
    free = shutil.disk_usage(folder).free
    if missing > free:
        raise DataError(
            f"{what} need {in_words(missing)} in {folder.parent}, and {in_words(free)} are free "
            "on its disk: make room (`dvc gc --workspace` removes from DVC's cache what belongs "
            "to other commits), or see `lesion plan` and docs/scale.md for what takes less"
        )
    return (
        f"{what} take {in_words(missing)} of {in_words(free)} that are free, and as much again "
        "if DVC can't link them to its cache"
    )


def size_of(folder: Path) -> int:
    """Return the bytes of all files in a folder; 0 if there is no such folder."""
    total = 0
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):  # other jobs may rename what they have finished
            facts = path.stat()
            total += facts.st_size if S_ISREG(facts.st_mode) else 0
    return total
