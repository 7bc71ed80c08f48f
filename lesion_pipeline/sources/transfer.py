"""The bytes of one file, over HTTP: interrupted transfers are resumed, busy servers tried again."""

import errno
import os
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import requests
from urllib3.exceptions import HTTPError, ReadTimeoutError
from urllib3.util import Retry

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.loops.progress import progress_bytes
from lesion_pipeline.sources.notes import PartialFile, forget, note_path, read_note

BLOCK: Final = 1 << 16  # bytes
_BUSY: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_HOPELESS: Final = (  # another attempt would fail in the same way
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
    requests.exceptions.TooManyRedirects,
)
_SILENT: Final = "the server stopped sending"
RESUME: Final = "what was received is kept; the same command resumes from there"
_REMEDY: Final = {
    401: "it asks for a login that this source should not need; open the address in a browser",
    403: "access is refused, by the server or by a proxy; open the address in a browser",
    404: "there is no such file; version or address are wrong, or it was moved",
}


@dataclass(frozen=True)
class Remote:
    """A file at a server.

    Attributes:
        name: its name on this machine.
        url: its address.
        md5: the checksum that the source lists, 32 hexadecimal digits, or None.
    """

    name: str
    url: str
    md5: str | None = None


@dataclass(frozen=True)
class RetryPolicy:
    """When to try again, and when to give up.

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
    """An attempt failed, a later one may not; `wait_s` is the pause that the server asks for."""

    def __init__(self, reason: str, wait_s: float | None = None) -> None:
        super().__init__(reason)
        self.wait_s = wait_s


def fill(remote: Remote, partial: Path, retry: RetryPolicy) -> None:
    """Bring the bytes of a file to `partial`, after those that are there already.

    Args:
        remote: the file.
        partial: where to write; its note tells which file its bytes are a part of.
        retry: an attempt that brings some bytes restarts the count of attempts.

    Raises:
        DataError: the server refuses, or the network fails for too long.
        OSError: the file can't be written.
    """
    most, failures = _size(partial), 0
    while True:
        try:
            return _attempt(remote, partial, retry)
        except _HOPELESS as error:
            raise DataError(f"{shown_url(remote.url)}: {error}") from None
        except (_TryAgainError, requests.RequestException) as error:
            failures = 0 if _size(partial) > most else failures + 1
            most = max(most, _size(partial))
            if failures >= retry.attempts:
                raise DataError(
                    f"{shown_url(remote.url)}: {failures} attempts in a row brought nothing, the "
                    f"last because {_reason(error)}; {RESUME}"
                ) from None
            wait_s = getattr(error, "wait_s", None) or retry.pause_s * 2 ** max(failures - 1, 0)
            wait_s = min(wait_s, retry.longest_pause_s)
            line = f"{remote.name}: {_reason(error)}; again in {wait_s:.3g} s"
            print(line, file=sys.stderr, flush=True)
            time.sleep(wait_s)


def _attempt(remote: Remote, partial: Path, retry: RetryPolicy) -> None:
    """Request the missing bytes and append them."""
    note = read_note(PartialFile, partial) or PartialFile()
    start, total = _size(partial), note.size
    if start and start == total:
        return
    headers = {"Accept-Encoding": "identity"}  # a compressed answer couldn't be resumed
    if start and (note.validator or total):
        headers["Range"] = f"bytes={start}-"
        if note.validator:
            headers["If-Range"] = note.validator
    with requests.get(
        remote.url, headers=headers, stream=True, timeout=retry.timeout_s
    ) as response:
        _check_status(response, partial)
        offset, total = _extent(response, start, total, partial)
        if not offset:
            forget(partial)
            PartialFile(validator=_validator(response), size=total).write(note_path(partial))
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
    """Yield bytes as they arrive; `iter_content` would drop a block that is cut short."""
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
        forget(partial)
        raise _TryAgainError("the server has no such part of the file")
    if status not in (requests.codes.ok, requests.codes.partial_content):
        remedy = _REMEDY.get(status, "another attempt would not change that")
        raise DataError(f"{shown_url(response.url)}: the server answers {status}: {remedy}")


def _seconds(after: str | None) -> float | None:
    """Read a Retry-After header, a number of seconds or a date; None if it is neither."""
    try:
        return None if after is None else Retry().parse_retry_after(after)
    except Exception:  # urllib3 raises InvalidHeader or what its date parser raises
        return None


def _extent(
    response: requests.Response, start: int, size: int | None, partial: Path
) -> tuple[int, int | None]:
    """Return the position of the answer's first byte in the file, and the size of the whole file.

    Formats of Content-Range and Content-Length: RFC 9110 (2022), sections 14.4 and 8.6.
    """
    if response.status_code == requests.codes.ok:  # the whole file: ranges unknown, or it changed
        length = response.headers.get("Content-Length", "")
        return 0, int(length) if length.isdigit() else None
    span, _, total = response.headers.get("Content-Range", "").removeprefix("bytes ").partition("/")
    if span.split("-")[0] != str(start) or (size is not None and total != str(size)):
        forget(partial)
        raise _TryAgainError("the server sent another part than the one asked for")
    return start, int(total) if total.isdigit() else size


def _validator(response: requests.Response) -> str | None:
    """Return a value for If-Range: a strong ETag, else a date (RFC 9110, section 13.1.5)."""
    tag = response.headers.get("ETag", "W/")
    return response.headers.get("Last-Modified") if tag.startswith("W/") else tag


def _check_room(folder: Path, total: int | None, offset: int) -> None:
    free = shutil.disk_usage(folder).free
    if total is not None and total - offset > free:
        raise OSError(errno.ENOSPC, f"{total - offset:,} bytes to come, {free:,} free")


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def shown_url(url: str) -> str:
    """Return an address without its query, which may contain a storage's signature."""
    return url.split("?")[0]


def _reason(error: Exception) -> str:
    if isinstance(error, requests.Timeout):
        return _SILENT
    if isinstance(error, requests.ConnectionError):
        return "the connection failed (is there a network, and the right address?)"
    return str(error)
