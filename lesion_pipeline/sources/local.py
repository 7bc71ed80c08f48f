"""A collection on this machine: folders and zip files, flat or in the Kaggle layout."""

import filecmp
import os
import shutil
import unicodedata
import zipfile
import zlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import Final

import pandas as pd

from lesion_pipeline.core.errors import DataError, listed
from lesion_pipeline.core.files import whole_file, write_csv
from lesion_pipeline.images import SUFFIXES
from lesion_pipeline.loops.parallel import in_order
from lesion_pipeline.loops.progress import progress
from lesion_pipeline.sources.params import LocalParams
from lesion_pipeline.sources.subset import limit_lesions
from lesion_pipeline.sources.unpack import Member, Unpacker, is_debris
from lesion_pipeline.tables.metadata import check_images, read_metadata
from lesion_pipeline.tables.offenders import SHOWN, ListedError, Problem

TABLES: Final = (
    "metadata.csv", "HAM10000_metadata.csv", "HAM10000_metadata.tab", "HAM10000_metadata",
)  # fmt: skip
TABLE_SUFFIXES: Final = (".csv", ".tsv", ".tab", ".txt")
_AHEAD: Final = 64  # images in progress at a time

File = Path | Member


def copy_local(sources: Sequence[Path], target: Path, params: LocalParams, workers: int) -> None:
    """Fill the folder `target` from `sources`, which are only read.

    All sources together are one collection. Folders and zips are searched to any depth, so
    Kaggle's two part folders, one folder or none make no difference. In a folder without images,
    the zip files are searched: a download from Dataverse needs no unpacking. Images in a folder
    become symbolic links where the system allows them, else copies. The table is written with our
    names of columns and diagnoses.

    Args:
        sources: folders, zip files, or the table itself.
        target: an existing folder, empty or left by an interrupted run, of which the images that
            are equal to those of `sources` are kept; it gets metadata.csv and
            images/<image_id>.<suffix>.
        params: the collection's own names, that of the table's file, and the limit.
        workers: threads.

    Raises:
        DataError: no such source, not exactly one table, an image twice with different content,
            a file that can't be read or written, or isn't safe to unpack; or as `read_metadata`
            and `check_images`. The whole table is checked before an image is written.
    """
    unpacker = Unpacker()
    with _trouble_reported(sources, target):
        files = [file for source in sources for file in _files(source, unpacker)]
        source, pictures = _find_table(sources, files, params.table), _pictures(sources, files)
        table = _read(source, target, params, unpacker, pictures)
        check_images(table, set(pictures))
        if params.limit_lesions is not None:
            table = limit_lesions(table, params.limit_lesions, params.seed)
        write_csv(target / "metadata.csv", table)
        wanted = {image_id: pictures[image_id] for image_id in sorted(table["image_id"])}
        _refuse_unreadable(wanted)
        _place_all(wanted, target / "images", unpacker, workers)


@contextmanager
def _trouble_reported(sources: Sequence[Path], target: Path) -> Iterator[None]:
    """Report a full disk, a missing permission and the like with source and target."""
    try:
        yield
    except OSError as error:
        file = f": {error.filename}" if error.filename else ""
        raise DataError(
            f"{listed(sources)} can't be brought to {target}: {error.strerror}{file}"
        ) from None


def _files(source: Path, unpacker: Unpacker) -> list[File]:
    if source.is_dir():
        return list(_folder(source, unpacker))
    if source.is_file():
        source.open("rb").close()  # raises if it may not be read
        if zipfile.is_zipfile(source):
            return list(unpacker.members(source))
        if source.name in TABLES:
            return [source]
    raise DataError(f"fetch.path: expected a folder or a zip file, received {source}")


def _folder(source: Path, unpacker: Unpacker) -> Iterator[File]:
    """Yield the files of a folder and, if none is an image, those of the zip files in it."""
    files = list(_walk(source))
    yield from files
    if not any(file.suffix.lower() in SUFFIXES for file in files):
        for file in files:
            if file.suffix.lower() == ".zip" and zipfile.is_zipfile(file):
                yield from unpacker.members(file)


def _walk(source: Path) -> Iterator[Path]:
    """Yield the files of a folder; unlike Path.rglob, raise if a folder may not be read."""
    for folder, folders, names in os.walk(source, onerror=_raise):
        folders.sort()
        for name in sorted(names):
            file = Path(folder, name)
            if not is_debris(file.relative_to(source)):
                yield file


def _raise(error: OSError) -> None:
    raise error


def _find_table(sources: Sequence[Path], files: Sequence[File], name: str | None) -> File:
    """Return the only table, of the given name or of one of TABLES."""
    names = (name,) if name else TABLES
    tables = [file for file in files if _is_named(file, names)]
    if len(tables) == 1:
        return tables[0]
    expected = f"expected {name}" if name else f"expected one of {listed(TABLES)}"
    others = [file for file in files if _path(file).suffix.lower() in TABLE_SUFFIXES]
    raise DataError(
        f"{listed(sources)}: {expected}, found {_shown(tables) if tables else 'none'}"
        f"{_table_hint([_shortest(file, files) for file in tables or others])}"
    )


def _table_hint(names: Sequence[str]) -> str:
    """Return how to name the table, by the names of those that are there."""
    if len(names) <= 1:
        return "".join(f"\nHint: -S fetch.table={name}" for name in names)
    return f"\nHint: -S fetch.table=NAME; found {_shown(names)}"


def _is_named(file: File, names: Sequence[str]) -> bool:
    """Tell whether the last parts of a file's path are one of the names."""
    parts = [unicodedata.normalize("NFC", part) for part in _path(file).parts]
    wanted = (PurePath(unicodedata.normalize("NFC", name)).parts for name in names)
    return any(parts[-len(name) :] == list(name) for name in wanted)


def _shortest(file: File, files: Sequence[File]) -> str:
    """Return the last parts of a file's path, as few as name it and no other file."""
    parts = _path(file).parts
    names = ("/".join(parts[-count:]) for count in range(1, len(parts) + 1))
    unique = (name for name in names if sum(_is_named(other, (name,)) for other in files) == 1)
    return next(unique, str(_path(file)))


def _pictures(sources: Sequence[Path], files: Sequence[File]) -> dict[str, list[File]]:
    """Return the images by image_id; other files are ignored."""
    pictures: dict[str, list[File]] = {}
    for file in files:
        if _path(file).suffix.lower() in SUFFIXES:
            image_id = unicodedata.normalize("NFC", _path(file).stem)
            pictures.setdefault(image_id, []).append(file)
    if not pictures:
        raise DataError(f"{listed(sources)}: no images ({listed(SUFFIXES)})")
    return pictures


def _shown(files: Sequence[File | str]) -> str:
    more = f" and {len(files) - SHOWN} more" * (len(files) > SHOWN)
    return listed(files[:SHOWN]) + more


def _path(file: File) -> PurePath:
    return file.path if isinstance(file, Member) else file


def _read(
    source: File,
    target: Path,
    params: LocalParams,
    unpacker: Unpacker,
    image_ids: Collection[str],
) -> pd.DataFrame:
    if isinstance(source, Path):
        return read_metadata(source, str(source), params, image_ids)
    unpacked = target / "metadata.csv"
    _unpack(source, unpacked, unpacker)
    return read_metadata(unpacked, str(source), params, image_ids)


def _refuse_unreadable(pictures: dict[str, list[File]]) -> None:
    """Refuse images without read permission: DVC and preprocess could not follow the links."""
    files = [file for same in pictures.values() for file in same if isinstance(file, Path)]
    closed = tuple(str(file) for file in files if not os.access(file, os.R_OK))
    if closed:
        raise ListedError(None, [Problem("images that can't be read", closed)])


def _place_all(
    pictures: dict[str, list[File]], images: Path, unpacker: Unpacker, workers: int
) -> None:
    images.mkdir(exist_ok=True)
    _remove_others(images, {_name(image_id, same[0]) for image_id, same in pictures.items()})

    def place(image: tuple[str, list[File]]) -> None:
        _place(*image, images, unpacker)

    done = in_order(place, pictures.items(), workers, _AHEAD)
    for _ in progress(done, len(pictures), "copy"):
        pass


def _place(image_id: str, same: list[File], images: Path, unpacker: Unpacker) -> None:
    first, *others = same
    place = images / _name(image_id, first)
    if isinstance(first, Path):
        _link(first.resolve(), place)
    elif not _is_unpacked(first, place):
        with whole_file(place) as partial:
            _unpack(first, partial, unpacker)
    for other in others:
        if not _equal(place, other, unpacker):
            raise DataError(f"image {image_id} twice with different bytes: {first}, {other}")


def _name(image_id: str, file: File) -> str:
    return image_id + _path(file).suffix.lower()


def _remove_others(images: Path, names: set[str]) -> None:
    """Remove what an interrupted run left of other images, or half done."""
    for file in images.iterdir():
        if file.name not in names:
            file.unlink()


def _link(source: Path, link: Path) -> None:
    if link.is_symlink() and link.readlink() == source:
        return  # of an interrupted run
    if link.is_file() and not link.is_symlink() and filecmp.cmp(source, link, shallow=False):
        return
    try:
        link.unlink(missing_ok=True)
        link.symlink_to(source)
    except OSError:  # Windows without the privilege, or a file system without links
        with whole_file(link) as partial:
            shutil.copyfile(source, partial)


def _is_unpacked(member: Member, file: Path) -> bool:
    """Tell whether a file of an interrupted run has the size and checksum of a zip's member."""
    if not file.is_file() or file.is_symlink() or file.stat().st_size != member.info.file_size:
        return False
    return zlib.crc32(file.read_bytes()) == member.info.CRC


def _unpack(member: Member, file: Path, unpacker: Unpacker) -> None:
    with file.open("wb") as stream:
        for chunk in unpacker.chunks(member):
            stream.write(chunk)


def _equal(file: Path, other: File, unpacker: Unpacker) -> bool:
    if isinstance(other, Path):
        return filecmp.cmp(file, other, shallow=False)
    with file.open("rb") as stream:
        same = all(stream.read(len(chunk)) == chunk for chunk in unpacker.chunks(other))
        return same and not stream.read(1)
