"""Remembers which inputs were read and found right, so that the next stage doesn't read them again.

A file is known by its size, its inode and the times of its last change. Whoever writes into it
changes the last of these (st_ctime_ns), which no program can set back. What was read less than an
hour ago lies in memory, so reading it again would say nothing about the disk.
"""

import hashlib
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Self

from lesion_pipeline.core.files import write_text

SECONDS: Final = 3600.0  # for which a file that was read counts as read


class CheckedInputs:
    """The inputs that stages have read, in a file that nothing but this reads."""

    def __init__(self, file: Path, known: dict[str, dict[str, Any]]) -> None:
        """Remember in `file`; `known` is what stands there."""
        self._file, self._known = file, known

    @classmethod
    def load(cls, file: Path) -> Self:
        """Read what is remembered; nothing, if the file is missing or damaged."""
        try:
            known = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            known = {}
        return cls(file, known if isinstance(known, dict) else {})

    def found_right(self, path: Path, md5: str) -> bool:
        """Tell whether a file or folder was found to have this hash a short time ago, and no file
        in it was written since.
        """
        entry = self._known.get(str(path))
        if not isinstance(entry, dict) or entry.get("md5") != md5:
            return False
        age = time.time() - entry.get("at", 0)
        return 0 <= age < SECONDS and entry.get("facts") == facts_of(path)

    def remember(self, path: Path, md5: str, facts: str) -> None:
        """Note that a file or folder has this hash.

        Args:
            path: the file or folder.
            md5: its hash.
            facts: from `facts_of`, before it was read.
        """
        self._known[str(path)] = {"md5": md5, "facts": facts, "at": time.time()}

    def save(self) -> None:
        """Write what is remembered."""
        write_text(self._file, json.dumps(self._known, indent=1) + "\n")


def facts_of(path: Path) -> str:
    """Return a hash of name, size, inode and times of change of a file, or of a folder's files."""
    digest = hashlib.sha256()
    for name, status in sorted(_files(str(path), "")) if path.is_dir() else [("", path.stat())]:
        facts = (status.st_size, status.st_ino, status.st_mtime_ns, status.st_ctime_ns)
        digest.update(f"{name} {facts}\n".encode())
    return digest.hexdigest()


def _files(folder: str, inner: str) -> Iterator[tuple[str, os.stat_result]]:
    """Yield name and status of each file in a folder, those of a link's target."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _files(entry.path, f"{inner}{entry.name}/")
            else:
                yield f"{inner}{entry.name}", entry.stat()
