"""One file from the network: whole and checked, or not there at all; what broke off goes on.

A file `x` has up to four companions in its folder: `x.partial` (what has come so far),
`x.partial.json` (what it is a part of), `x.json` (size and checksums of the verified file, so that
a second run needs neither network nor hashing) and `x.wrong` (what was refused).
"""

import errno
import hashlib
import os
import shutil
import sys
import time
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import requests
from urllib3.exceptions import HTTPError, ReadTimeoutError
from urllib3.util import Retry

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.files import PARTIAL, read_json, write_json
from lesion_pipeline.progress import progress_bytes

BLOCK: Final = 1 << 16  # bytes
_BUSY: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_HOPELESS: Final = (  # no second try makes these any better
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
    requests.exceptions.TooManyRedirects,
)
_SILENT: Final = "the server fell silent"
_GO_ON: Final = "what has come so far is kept; the same command goes on from there"
_REMEDY: Final = {
    401: "it asks for a login that this source should not need; see what a browser says there",
    403: "access is refused, by the server or by a proxy on the way; see what a browser says there",
    404: "there is no such file; version or address are wrong, or it was moved",
}


@dataclass(frozen=True)
class Remote:
    """A file at a server.

    Attributes:
        name: what it is called here.
        url: where it is.
        md5: the checksum that the source lists, 32 hexadecimal digits, or None.
    """

    name: str
    url: str
    md5: str | None = None


@dataclass(frozen=True)
class Facts:
    """What a verified file is: its name, its size in bytes and its checksums in hexadecimal."""

    name: str
    size: int
    md5: str
    sha256: str


@dataclass(frozen=True)
class Patience:
    """How long to put up with a server.

    Attributes:
        attempts: how many in a row may fail to bring a byte.
        timeout_s: to connect, and from one byte to the next, in seconds.
        pause_s: before the second attempt; doubled before each further one.
        longest_pause_s: no pause is longer, whatever the server asks for.
    """

    attempts: int = 8
    timeout_s: float = 60.0
    pause_s: float = 1.0
    longest_pause_s: float = 120.0


class _TryAgainError(Exception):
    """An attempt failed that a later one may not; `wait_s` is what the server asks for."""

    def __init__(self, why: str, wait_s: float | None = None) -> None:
        super().__init__(why)
        self.wait_s = wait_s


def download(remote: Remote, folder: Path, patience: Patience | None = None) -> Facts:
    """Bring a file to `folder`/`remote.name`, unless it is there already.

    Args:
        remote: the file. Without a listed checksum its size must be the one that the server
            announced and, if it is a zip file, all its members must be intact.
        folder: where to; made if need be.
        patience: how often to try and how long to wait.

    Returns:
        Facts of the file that is there now.

    Raises:
        DataError: the server refuses, the network fails for too long, the file isn't what it
            should be, or it can't be written; says what to do. Only a verified file ever has its
            final name.
    """
    file = folder / remote.name
    partial = folder / (remote.name + PARTIAL)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        facts = verified(file, remote.md5)
        if facts is None:
            _fill(remote, partial, patience or Patience())
            facts = _accept(remote, partial, file)
        return facts
    except OSError as error:
        raise DataError(_unwritable(folder, error)) from None


def verified(file: Path, md5: str | None = None) -> Facts | None:
    """Give the facts of a file that was downloaded and verified before, if it is still the same.

    Args:
        file: the file, under its final name.
        md5: the checksum that it must have, or None.
    """
    if not file.is_file():
        return None
    status = file.stat()
    note = _read(_beside(file))
    if note.get("mtime_ns") == status.st_mtime_ns and note.get("size") == status.st_size:
        facts = Facts(file.name, status.st_size, str(note.get("md5")), str(note.get("sha256")))
        return facts if md5 in (None, facts.md5) else None
    facts = _hashed(file)
    if facts.md5 != (md5 or note.get("md5")):
        return None
    _note(facts, file, file)
    return facts


def _note(facts: Facts, content: Path, file: Path) -> None:
    """Note what the verified `content` is that `file` is or will be the name of."""
    write_json(_beside(file), asdict(facts) | {"mtime_ns": content.stat().st_mtime_ns})


def _fill(remote: Remote, partial: Path, patience: Patience) -> None:
    """Attempt until `partial` has all bytes; attempts that bring some start the count anew."""
    most, failures = _size(partial), 0
    while True:
        try:
            return _attempt(remote, partial, patience)
        except _HOPELESS as error:
            raise DataError(f"{_shown(remote.url)}: {error}") from None
        except (_TryAgainError, requests.RequestException) as error:
            failures = 0 if _size(partial) > most else failures + 1
            most = max(most, _size(partial))
            if failures >= patience.attempts:
                raise DataError(
                    f"{_shown(remote.url)}: {failures} attempts in a row brought nothing, the last "
                    f"because {_reason(error)}; {_GO_ON}"
                ) from None
            wait_s = getattr(error, "wait_s", None) or patience.pause_s * 2 ** max(failures - 1, 0)
            wait_s = min(wait_s, patience.longest_pause_s)
            line = f"{remote.name}: {_reason(error)}; again in {wait_s:.3g} s"
            print(line, file=sys.stderr, flush=True)
            time.sleep(wait_s)


def _attempt(remote: Remote, partial: Path, patience: Patience) -> None:
    """Ask for what is still missing and append it."""
    before = _read(_beside(partial))
    start, total = _size(partial), before.get("size")
    if start and start == total:
        return
    headers = {"Accept-Encoding": "identity"}  # a compressed answer couldn't be gone on with
    if start and (before.get("validator") or total):
        headers["Range"] = f"bytes={start}-"
        if before.get("validator"):
            headers["If-Range"] = before["validator"]
    with requests.get(
        remote.url, headers=headers, stream=True, timeout=patience.timeout_s
    ) as response:
        _check_status(response, partial)
        offset, total = _extent(response, start, total, partial)
        if not offset:
            _forget(partial)
            write_json(_beside(partial), {"validator": _validator(response), "size": total})
        _check_room(partial.parent, total, offset)
        chunks = progress_bytes(_received(response), total, offset, remote.name)
        with partial.open("ab") as out:
            for chunk in chunks:
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
    if total is not None and _size(partial) != total:
        raise _TryAgainError(f"the connection ended at byte {_size(partial):,} of {total:,}")


def _received(response: requests.Response) -> Iterator[bytes]:
    """Pass on what comes as it comes: `iter_content` would drop a block that is cut short."""
    try:
        while block := response.raw.read1(BLOCK):
            yield block
    except ReadTimeoutError:
        raise _TryAgainError(_SILENT) from None
    except HTTPError:
        raise _TryAgainError("the connection was cut") from None


def _check_status(response: requests.Response, partial: Path) -> None:
    status = response.status_code
    if status in _BUSY:
        after = response.headers.get("Retry-After")
        raise _TryAgainError(f"the server answers {status}", _seconds(after))
    if status == requests.codes.requested_range_not_satisfiable:
        _forget(partial)
        raise _TryAgainError("the server has no such part of the file")
    if status not in (requests.codes.ok, requests.codes.partial_content):
        remedy = _REMEDY.get(status, "that is nothing a second attempt would change")
        raise DataError(f"{_shown(response.url)}: the server answers {status}: {remedy}")


def _seconds(after: str | None) -> float | None:
    """Read a Retry-After header, a number of seconds or a date; None if it is neither."""
    try:
        return None if after is None else Retry().parse_retry_after(after)
    except Exception:  # urllib3 raises InvalidHeader or what its date parser raises
        return None


def _extent(
    response: requests.Response, start: int, size: int | None, partial: Path
) -> tuple[int, int | None]:
    """Say where the answer's first byte belongs, and how long the whole file is.

    Formats of Content-Range and Content-Length: RFC 9110 (2022), sections 14.4 and 8.6.
    """
    if response.status_code == requests.codes.ok:  # the whole file: ranges unknown, or it changed
        length = response.headers.get("Content-Length", "")
        return 0, int(length) if length.isdigit() else None
    span, _, total = response.headers.get("Content-Range", "").removeprefix("bytes ").partition("/")
    if span.split("-")[0] != str(start) or (size is not None and total != str(size)):
        _forget(partial)
        raise _TryAgainError("the server sent another part than the one asked for")
    return start, int(total) if total.isdigit() else size


def _validator(response: requests.Response) -> str | None:
    """What If-Range may name: a strong ETag, else a date (RFC 9110, section 13.1.5)."""
    tag = response.headers.get("ETag", "W/")
    return response.headers.get("Last-Modified") if tag.startswith("W/") else tag


def _check_room(folder: Path, total: int | None, offset: int) -> None:
    free = shutil.disk_usage(folder).free
    if total is not None and total - offset > free:
        raise OSError(errno.ENOSPC, f"{total - offset:,} bytes to come, {free:,} free")


def _accept(remote: Remote, partial: Path, file: Path) -> Facts:
    """Verify what has come, note what it is, and only then give it its name."""
    facts = _hashed(partial, remote.name)
    problem = _problem(remote, facts, partial)
    if problem:
        wrong = file.with_name(file.name + ".wrong")
        partial.replace(wrong)
        _forget(partial)
        raise DataError(
            f"{_shown(remote.url)}: {problem}; refused and kept as {wrong}. Repeat the command to "
            "download it anew; if that fails alike, the file at the source has changed"
        )
    _note(facts, partial, file)
    partial.replace(file)
    _forget(partial)
    _sync(file.parent)
    return facts


def _problem(remote: Remote, facts: Facts, file: Path) -> str | None:
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


def _hashed(file: Path, name: str | None = None) -> Facts:
    digests = hashlib.md5(usedforsecurity=False), hashlib.sha256()
    with file.open("rb") as content:
        while block := content.read(1 << 20):
            for digest in digests:
                digest.update(block)
    md5, sha256 = (digest.hexdigest() for digest in digests)
    return Facts(name or file.name, file.stat().st_size, md5, sha256)


def _read(file: Path) -> dict[str, Any]:
    """Read one of our notes; one that is missing or damaged says nothing."""
    try:
        return read_json(file)
    except DataError:
        return {}


def _beside(file: Path) -> Path:
    return file.with_name(file.name + ".json")


def _forget(partial: Path) -> None:
    """Remove a partial file, its note last: bytes must never meet another file's note."""
    partial.unlink(missing_ok=True)
    _beside(partial).unlink(missing_ok=True)


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def _sync(folder: Path) -> None:
    """Make a rename outlast a power cut, where folders can be synchronised (not on Windows)."""
    if hasattr(os, "O_DIRECTORY"):
        handle = os.open(folder, os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _shown(url: str) -> str:
    """Leave out the query: of a storage's address it is a passport."""
    return url.split("?")[0]


def _reason(error: Exception) -> str:
    if isinstance(error, requests.Timeout):
        return _SILENT
    if isinstance(error, requests.ConnectionError):
        return "the connection failed (is there a network, and the right address?)"
    return str(error)


def _unwritable(folder: Path, error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{folder}: no space left on the disk ({error.strerror}): make room; {_GO_ON}"
    return f"{folder} can't be used: {error}"
