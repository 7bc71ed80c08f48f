"""Zip files from untrusted places: their members, and the members' bytes within limits.

A member's name never decides where it is written: the caller does. Other dangers of zip files
(https://docs.python.org/3/library/zipfile.html#decompression-pitfalls; D. Fifield, A better zip
bomb, USENIX WOOT 2019) are refused: links, encryption, and more files or bytes than a collection
of images can have.
"""

import stat
import struct
import threading
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath
from typing import Final

from lesion_pipeline.core.errors import DataError

CHUNK: Final = 1 << 20  # bytes at a time
_DEBRIS: Final = "__MACOSX"
_METHODS: Final = (
    zipfile.ZIP_STORED,
    zipfile.ZIP_DEFLATED,
)  # those that can be inflated in small pieces
_ENCRYPTED: Final = 0x1  # a member's flag
_DAMAGED: Final = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError, ValueError,
    OverflowError,
)  # fmt: skip


@dataclass(frozen=True)
class ZipLimits:
    """The largest zip file that is accepted.

    Attributes:
        files: number of members.
        file_bytes: of one member.
        total_bytes: of all members.
        ratio: of unpacked to packed bytes, for the whole zip and for each member. Images hardly
            shrink, tables do by 5 to 30 times; deflate reaches 1,032.
        free_bytes: up to this size the ratio is not checked.
    """

    files: int = 1_000_000
    file_bytes: int = 1 << 28
    total_bytes: int = 1 << 38
    ratio: int = 200
    free_bytes: int = 1 << 20


@dataclass(frozen=True)
class Member:
    """A file in a zip.

    Attributes:
        archive: the zip.
        path: its name there, with slashes and composed accents.
        info: its entry in the zip's directory.
    """

    archive: Path
    path: PurePosixPath
    info: zipfile.ZipInfo

    def __str__(self) -> str:
        return f"{self.archive}:{self.path}"


class _Handles(threading.local):
    """One handle per zip and thread: `zipfile` doesn't promise that threads may share one."""

    def __init__(self) -> None:
        self.zips: dict[Path, zipfile.ZipFile] = {}


class Unpacker:
    """Reads members of zips, from any number of threads.

    The limits are compared with the sizes that the zip claims. That is enough, because `zipfile`
    never returns more bytes of a member than claimed, and refuses a longer one by its checksum.
    """

    def __init__(self, limits: ZipLimits = ZipLimits()) -> None:
        """Set the limits, which apply to each zip separately."""
        self._limits = limits
        self._handles = _Handles()

    def members(self, archive: Path) -> list[Member]:
        """List the files of a zip in its order, without the debris of operating systems.

        Raises:
            DataError: the zip is damaged or exceeds the limits.
        """
        with _damage_reported(archive):
            infos = self._zip(archive).infolist()
        if not all(info.filename for info in infos):
            raise DataError(f"{archive} can't be unpacked: a file has no name")
        infos = [info for info in infos if not info.is_dir()]
        if len(infos) > self._limits.files:
            raise DataError(f"{archive}: {len(infos)} files, more than {self._limits.files}")
        self._check_total(archive, infos)
        members = [Member(archive, _normal(info.filename), info) for info in infos]
        return [member for member in members if not is_debris(member.path)]

    def chunks(self, member: Member) -> Iterator[bytes]:
        """Yield the bytes of a member in pieces of at most CHUNK.

        Raises:
            DataError: it is a link or encrypted, compressed by a rare method, exceeds the limits,
                or is damaged, which is noticed only on reading the damaged part.
        """
        _check_readable(member)
        self._check_size(member)
        with _damage_reported(member), self._zip(member.archive).open(member.info) as stream:
            while chunk := stream.read(CHUNK):
                yield chunk

    def _zip(self, archive: Path) -> zipfile.ZipFile:
        zips = self._handles.zips
        if archive not in zips:
            zips[archive] = zipfile.ZipFile(archive)
        return zips[archive]

    def _check_size(self, member: Member) -> None:
        most = min(self._limits.file_bytes, self._by_ratio(member.info.compress_size))
        if member.info.file_size > most:
            raise DataError(f"{member}: unpacks to more than {most} bytes, as no image does")

    def _check_total(self, archive: Path, infos: list[zipfile.ZipInfo]) -> None:
        most = min(self._limits.total_bytes, self._by_ratio(archive.stat().st_size))
        if sum(info.file_size for info in infos) > most:
            raise DataError(f"{archive}: unpacks to more than {most} bytes, as no collection does")

    def _by_ratio(self, packed: int) -> int:
        return max(self._limits.free_bytes, self._limits.ratio * packed)


def is_debris(path: PurePath) -> bool:
    """Return whether a path is debris of operating systems: a hidden file, or macOS's folder."""
    hidden = (part.startswith(".") and part.strip(".") for part in path.parts)
    return any(hidden) or _DEBRIS in path.parts or not path.name


def _normal(name: str) -> PurePosixPath:
    return PurePosixPath(unicodedata.normalize("NFC", name.replace("\\", "/")))


def _check_readable(member: Member) -> None:
    file_type = stat.S_IFMT(member.info.external_attr >> 16)
    if file_type not in (0, stat.S_IFREG):
        raise DataError(f"{member}: expected a file, received a link or device")
    if member.info.flag_bits & _ENCRYPTED:
        raise DataError(f"{member} is encrypted: unpack the zip yourself and name the folder")
    if member.info.compress_type not in _METHODS:
        raise DataError(f"{member}: neither stored nor deflated: pack the zip anew")


@contextmanager
def _damage_reported(source: object) -> Iterator[None]:
    try:
        yield
    except _DAMAGED as error:
        raise DataError(f"{source} can't be unpacked: {error}") from None
