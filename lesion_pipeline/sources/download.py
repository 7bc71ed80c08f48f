"""One file from the network: whole and verified, or absent; interrupted downloads are resumed.

A file `x` has up to four companions in its folder: `x.partial` (the bytes received so far),
`x.partial.json` (which file they are a part of), `x.json` (size and checksums of the verified file,
so that a second run needs neither network nor hashing) and `x.wrong` (a file that was refused).
"""

import errno
import hashlib
import os
import zipfile
import zlib
from pathlib import Path

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.files import PARTIAL
from lesion_pipeline.sources.collection import SourceFile
from lesion_pipeline.sources.notes import VerifiedFile, forget, note_path, read_note
from lesion_pipeline.sources.transfer import RESUME, Remote, RetryPolicy, fill, shown_url


def download(remote: Remote, folder: Path, retry: RetryPolicy | None = None) -> SourceFile:
    """Bring a file to `folder`/`remote.name`, unless it is there already.

    Args:
        remote: the file. Without a listed checksum its size must be the one that the server
            announced and, if it is a zip file, all its members must be intact.
        folder: where to write it; made if it doesn't exist.
        retry: how often to try and how long to wait; None: the defaults.

    Returns:
        Size and checksums of the file.

    Raises:
        DataError: the server refuses, the network fails for too long, the file isn't the expected
            one, or it can't be written; tells the remedy. Only a verified file ever has its final
            name.
    """
    file = folder / remote.name
    partial = folder / (remote.name + PARTIAL)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        found = verified(file, remote.md5)
        if found is None:
            fill(remote, partial, retry or RetryPolicy())
            found = _accept(remote, partial, file)
        return found
    except OSError as error:
        raise DataError(_unwritable(folder, error)) from None


def verified(file: Path, md5: str | None = None) -> SourceFile | None:
    """Return size and checksums of a file that was verified before, None if it has changed.

    Args:
        file: the file, under its final name.
        md5: the checksum that it must have, or None.
    """
    if not file.is_file():
        return None
    status, note = file.stat(), read_note(VerifiedFile, file)
    if note and (note.mtime_ns, note.size) == (status.st_mtime_ns, status.st_size):
        found = SourceFile(name=file.name, size=note.size, md5=note.md5, sha256=note.sha256)
        return found if md5 in (None, found.md5) else None
    found = _hashed(file)
    if found.md5 != (md5 or (note and note.md5)):
        return None
    _write_note(found, file, file)
    return found


def _write_note(facts: SourceFile, content: Path, file: Path) -> None:
    """Write the note of a verified file.

    Args:
        facts: of the file.
        content: where it is now.
        file: its final name.
    """
    mtime_ns = content.stat().st_mtime_ns
    VerifiedFile(**facts.model_dump(), mtime_ns=mtime_ns).write(note_path(file))


def _accept(remote: Remote, partial: Path, file: Path) -> SourceFile:
    """Verify a partial file, write its note, and only then give it its final name."""
    facts = _hashed(partial, remote.name)
    problem = _problem(remote, facts, partial)
    if problem:
        wrong = file.with_name(file.name + ".wrong")
        partial.replace(wrong)
        forget(partial)
        raise DataError(
            f"{shown_url(remote.url)}: {problem}; refused and kept as {wrong}. Repeat the command "
            "to download it again; if it fails in the same way, the file at the source has changed"
        )
    _write_note(facts, partial, file)
    partial.replace(file)
    forget(partial)
    _sync(file.parent)
    return facts


def _problem(remote: Remote, facts: SourceFile, file: Path) -> str | None:
    if remote.md5 is not None:
        wrong = facts.md5 != remote.md5
        return f"expected MD5 {remote.md5}, received {facts.md5}" if wrong else None
    if remote.name.endswith(".zip"):
        try:
            with zipfile.ZipFile(file) as archive:
                damaged = archive.testzip()
        except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError) as bad:
            return f"not an intact zip file: {bad}"
        return f"not an intact zip file: {damaged} is damaged" if damaged else None
    return None


def _hashed(file: Path, name: str | None = None) -> SourceFile:
    digests = hashlib.md5(usedforsecurity=False), hashlib.sha256()
    with file.open("rb") as content:
        while block := content.read(1 << 20):
            for digest in digests:
                digest.update(block)
    md5, sha256 = (digest.hexdigest() for digest in digests)
    size = file.stat().st_size
    return SourceFile(name=name or file.name, size=size, md5=md5, sha256=sha256)


def _sync(folder: Path) -> None:
    """Make a rename survive a power cut, where folders can be synchronised (not on Windows)."""
    if hasattr(os, "O_DIRECTORY"):
        handle = os.open(folder, os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _unwritable(folder: Path, error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{folder}: no space left on the disk ({error.strerror}): make room; {RESUME}"
    return f"{folder} can't be used: {error}"
