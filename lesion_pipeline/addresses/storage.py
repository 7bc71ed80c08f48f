"""What an address names: the storage behind it, the files in it, and their bytes.

Any storage of fsspec that tells the sizes of its files: s3://, gs://, az://, ssh://, file://. The
package of each is imported only when an address is used. Logins and servers come from the
environment, as each package reads it.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Final

from lesion_pipeline.core.errors import DataError, PipelineError, first_line

_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*://")
_PACKAGES: Final = {"s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "az": "adlfs",
                    "abfs": "adlfs", "abfss": "adlfs", "ssh": "sshfs"}  # fmt: skip
_WITHOUT_FOLDERS: Final = ("http", "https")
# A file's entry has one of these, which changes with its content.
_TAGS: Final = ("ETag", "etag", "md5Hash", "content_md5", "mtime", "LastModified", "last_modified")


class StorageError(PipelineError):
    """A storage can't be reached or refuses, so that another file would fail in the same way."""


@dataclass(frozen=True)
class StoredFile:
    """A file at an address.

    Attributes:
        address: of the file.
        path: its name in the storage.
        system: the storage, a fsspec.AbstractFileSystem.
        size: in bytes, or None if the storage wasn't asked.
        tag: changes with its content; empty: not known.
    """

    address: str
    path: str
    system: Any = field(repr=False, compare=False)
    size: int | None = None
    tag: str = ""

    def __str__(self) -> str:
        return self.address

    @property
    def name(self) -> str:
        """Its name without the folders."""
        return PurePosixPath(self.path).name

    @property
    def stem(self) -> str:
        """Its name without the ending."""
        return PurePosixPath(self.path).stem

    def read(self, start: int | None = None, end: int | None = None) -> bytes:
        """Return its bytes, or those from `start` to before `end`.

        Raises:
            DataError: there is no such file.
            StorageError: it can't be read.
        """
        with plain_errors(self.address):
            return bytes(self.system.cat_file(self.path, start=start, end=end))

    def exists(self) -> bool:
        """Tell whether there is such a file.

        Raises:
            StorageError: the storage can't be reached or refuses.
        """
        with plain_errors(self.address):
            return self.size is not None or bool(self.system.isfile(self.path))

    def known(self) -> "StoredFile":
        """Ask the storage for size and tag.

        Raises:
            DataError: there is no such file.
            StorageError: the storage can't be reached or refuses.
        """
        with plain_errors(self.address):
            self.system.invalidate_cache()
            entry = self.system.info(self.path)
        if entry["type"] != "file":
            raise DataError(f"{self.address}: no such file")
        return StoredFile(self.address, self.path, self.system, _size(entry), _tag(entry))


def is_address(text: object) -> bool:
    """Tell whether a text is an address, and not a path."""
    return isinstance(text, str) and _SCHEME.match(text) is not None


def one_file(address: str) -> StoredFile:
    """Return the file that an address names; the storage isn't asked.

    Raises:
        PipelineError: no package for such addresses is installed, or none is known.
    """
    scheme, _, rest = address.partition("://")
    if scheme in _WITHOUT_FOLDERS:
        raise PipelineError(
            f"{address}: web servers don't list their files: download it, or name an object "
            "storage (s3://, gs://, az://)"
        )
    if not rest.strip("/"):
        raise PipelineError(f"{address}: expected a folder or a file after {scheme}://")
    try:
        import fsspec

        fsspec.get_filesystem_class(scheme)
    except ImportError:
        package = _PACKAGES.get(scheme, f"fsspec's package for {scheme}")
        raise PipelineError(
            f"{address}: needs a package that isn't installed: pip install {package}"
            + " (in a clone: pip install -r requirements-s3.txt)" * (package == "s3fs")
        ) from None
    except ValueError:
        raise PipelineError(f"{address}: {scheme}:// is no kind of address that is known") from None
    with plain_errors(address):
        system, path = fsspec.url_to_fs(address)
    return StoredFile(address, path, system)


def files_at(address: str, recursive: bool = True) -> dict[PurePosixPath, StoredFile]:
    """List the files that an address names: that one file, or those of a folder, sorted by name.

    Args:
        address: of a file or a folder.
        recursive: include files of folders within the folder.

    Returns:
        Each with its size and tag, by its name within the folder; a file by its own name.

    Raises:
        PipelineError: as in `one_file`.
        DataError: nothing is there, or a file has a name that fits no file system here.
        StorageError: the storage can't be reached or refuses.
    """
    top = one_file(address)
    with plain_errors(address):
        top.system.invalidate_cache()  # what another command listed in this process
        depth = None if recursive else 1
        found = top.system.find(top.path, maxdepth=depth, detail=True)
    entries = {path: entry for path, entry in found.items() if not path.endswith("/")}
    if not entries:
        raise DataError(f"{address}: there is no such file or folder, or it is empty")
    files = {}
    for path in sorted(entries, key=lambda path: PurePosixPath(path).parts):
        name, place = _named(path, top)
        files[name] = StoredFile(place, path, top.system, _size(entries[path]), _tag(entries[path]))
    return files


def _named(path: str, top: StoredFile) -> tuple[PurePosixPath, str]:
    """Return the name of a file within a folder, and its address."""
    if path == top.path:
        return PurePosixPath(PurePosixPath(path).name), top.address
    relative = path.removeprefix(top.path).lstrip("/")
    name = PurePosixPath(relative)
    if str(name) != relative or {"..", "\\", "\0"} & {*name.parts, *relative}:
        raise DataError(f"{top}: a file has a name that can't be used here: {relative!r}")
    return name, f"{top.address.rstrip('/')}/{relative}"


def _size(entry: dict[str, Any]) -> int:
    return int(entry["size"] or 0)


def _tag(entry: dict[str, Any]) -> str:
    return next((str(entry[key]) for key in _TAGS if entry.get(key)), "")


@contextmanager
def plain_errors(address: str) -> Iterator[None]:
    """Turn the errors of a storage's package into one line that names the address."""
    try:
        yield
    except PipelineError:
        raise
    except FileNotFoundError as error:
        missing = "bucket" if "bucket" in str(error).lower() else "file or folder"
        raise DataError(f"{address}: there is no such {missing}") from None
    except PermissionError as error:
        raise StorageError(
            f"{address}: access is refused ({first_line(error)}): check the login and its rights"
        ) from None
    except Exception as error:  # each package raises errors of several libraries
        login = "credentials" in type(error).__name__.lower()
        hint = ": log in, for instance with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY" * login
        raise StorageError(f"{address}: {first_line(error)}{hint}") from None
