"""Notes beside a file that is downloaded: which bytes are there, and whether they are verified."""

from pathlib import Path
from typing import TypeVar

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.results import Count, Result
from lesion_pipeline.sources.collection import SourceFile

N = TypeVar("N", bound=Result)


class VerifiedFile(SourceFile):
    """The note beside a verified file: what it was when it was verified."""

    mtime_ns: int


class PartialFile(Result):
    """The note beside a partial file: which state of which file it is a part of.

    Attributes:
        validator: the value for the header If-Range, or None.
        size: bytes of the whole file, or None if it isn't known.
    """

    validator: str | None = None
    size: Count | None = None


def read_note(note: type[N], file: Path) -> N | None:
    """Read the note beside a file; None if it is missing or damaged."""
    try:
        return note.read(note_path(file))
    except DataError:
        return None


def note_path(file: Path) -> Path:
    """Return the path of the note beside a file."""
    return file.with_name(file.name + ".json")


def forget(partial: Path) -> None:
    """Remove a partial file and then its note, so that no bytes ever lie beside a wrong note."""
    partial.unlink(missing_ok=True)
    note_path(partial).unlink(missing_ok=True)
