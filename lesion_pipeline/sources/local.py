"""A collection that lies on this machine: folders and zips, flat or in the Kaggle layout."""

import filecmp
import os
import shutil
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import Final

import pandas as pd
from pydantic import Field

from lesion_pipeline.core.errors import DataError, listed
from lesion_pipeline.core.files import write_csv
from lesion_pipeline.core.labels import DIAGNOSES
from lesion_pipeline.images import SUFFIXES
from lesion_pipeline.parallel import in_order
from lesion_pipeline.progress import progress
from lesion_pipeline.sources.subset import FEWEST, limit_lesions
from lesion_pipeline.sources.unpack import Member, Unpacker, is_debris
from lesion_pipeline.tables.metadata import TableParams, check_images, read_metadata

TABLES: Final = (
    "metadata.csv", "HAM10000_metadata.csv", "HAM10000_metadata.tab", "HAM10000_metadata",
)  # fmt: skip
_AHEAD: Final = 64  # images under way at a time

File = Path | Member


class LocalParams(TableParams):
    """How a collection is to be understood, and how much of it is wanted.

    Attributes:
        limit_lesions: at most so many lesions; None: all.
        seed: of the draw of these lesions.
    """

    limit_lesions: int | None = Field(ge=FEWEST * len(DIAGNOSES))
    seed: int = Field(ge=0)


def copy_local(sources: Sequence[Path], target: Path, params: LocalParams, workers: int) -> None:
    """Fill the empty folder `target` from `sources`, which are only read.

    All sources together are one collection. Folders and zips are searched to any depth, so
    Kaggle's two part folders, one folder or none are the same. Of a folder without images the zip
    files in it are searched: so a download from Dataverse may stay as it came. What comes from a
    folder are symbolic links where the system allows them, else copies. The table is written anew,
    with our names of columns and diagnoses.

    Args:
        sources: folders, zip files, or the table itself.
        target: an existing, empty folder; it gets metadata.csv and images/<image_id>.<suffix>.
        params: the collection's own names, and the limit.
        workers: threads.

    Raises:
        DataError: no such source, not exactly one table, an image twice with different content,
            what can't be read or written, or is not safe to unpack; or what read_metadata and
            check_images raise. All of the table is checked before an image is placed.
    """
    unpacker = Unpacker()
    with _trouble_told(sources, target):
        files = [file for source in sources for file in _files(source, unpacker)]
        source, pictures = _sort_out(sources, files)
        table = _read(source, target, params, unpacker)
        check_images(table, set(pictures))
        if params.limit_lesions is not None:
            table = limit_lesions(table, params.limit_lesions, params.seed)
        write_csv(target / "metadata.csv", table)
        wanted = {image_id: pictures[image_id] for image_id in sorted(table["image_id"])}
        _refuse_unreadable(wanted)
        _place_all(wanted, target / "images", unpacker, workers)


@contextmanager
def _trouble_told(sources: Sequence[Path], target: Path) -> Iterator[None]:
    """Tell a full disk, a missing permission and their like as what they keep us from."""
    try:
        yield
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        raise DataError(
            f"{listed(sources)} can't be brought to {target}: {error.strerror}{where}"
        ) from None


def _files(source: Path, unpacker: Unpacker) -> list[File]:
    if source.is_dir():
        return list(_folder(source, unpacker))
    if source.is_file():
        source.open("rb").close()  # says so if it may not be read
        if zipfile.is_zipfile(source):
            return list(unpacker.members(source))
        if source.name in TABLES:
            return [source]
    raise DataError(f"fetch.path: expected a folder or a zip file, received {source}")


def _folder(source: Path, unpacker: Unpacker) -> Iterator[File]:
    """Give the files of a folder and, if none is an image, those of the zip files in it."""
    files = list(_walk(source))
    yield from files
    if not any(file.suffix.lower() in SUFFIXES for file in files):
        for file in files:
            if file.suffix.lower() == ".zip" and zipfile.is_zipfile(file):
                yield from unpacker.members(file)


def _walk(source: Path) -> Iterator[Path]:
    """Give the files of a folder; unlike Path.rglob, not without a word on what is closed."""
    for folder, folders, names in os.walk(source, onerror=_raise):
        folders.sort()
        for name in sorted(names):
            file = Path(folder, name)
            if not is_debris(file.relative_to(source)):
                yield file


def _raise(error: OSError) -> None:
    raise error


def _sort_out(sources: Sequence[Path], files: Sequence[File]) -> tuple[File, dict[str, list[File]]]:
    """Tell the one table from the images by image_id; everything else is left alone."""
    tables = [file for file in files if _path(file).name in TABLES]
    if len(tables) != 1:
        raise DataError(
            f"{listed(sources)}: expected one of {listed(TABLES)}, found {listed(tables) or 'none'}"
        )
    pictures: dict[str, list[File]] = {}
    for file in files:
        if _path(file).suffix.lower() in SUFFIXES:
            image_id = unicodedata.normalize("NFC", _path(file).stem)
            pictures.setdefault(image_id, []).append(file)
    if not pictures:
        raise DataError(f"{listed(sources)}: no images ({listed(SUFFIXES)})")
    return tables[0], pictures


def _path(file: File) -> PurePath:
    return file.path if isinstance(file, Member) else file


def _read(source: File, target: Path, params: LocalParams, unpacker: Unpacker) -> pd.DataFrame:
    if isinstance(source, Path):
        return read_metadata(source, str(source), params)
    unpacked = target / "metadata.csv"
    _unpack(source, unpacked, unpacker)
    return read_metadata(unpacked, str(source), params)


def _refuse_unreadable(pictures: dict[str, list[File]]) -> None:
    """DVC and preprocess would stumble over a link that leads to a closed file."""
    files = [file for same in pictures.values() for file in same if isinstance(file, Path)]
    closed = [file for file in files if not os.access(file, os.R_OK)]
    if closed:
        raise DataError(f"images that can't be read: {listed(closed)}")


def _place_all(
    pictures: dict[str, list[File]], images: Path, unpacker: Unpacker, workers: int
) -> None:
    images.mkdir()

    def place(image: tuple[str, list[File]]) -> None:
        _place(*image, images, unpacker)

    done = in_order(place, pictures.items(), workers, _AHEAD)
    for _ in progress(done, len(pictures), "copy"):
        pass


def _place(image_id: str, same: list[File], images: Path, unpacker: Unpacker) -> None:
    first, *others = same
    place = images / (image_id + _path(first).suffix.lower())
    if isinstance(first, Path):
        _link(first.resolve(), place)
    else:
        _unpack(first, place, unpacker)
    for other in others:
        if not _equal(place, other, unpacker):
            raise DataError(f"image {image_id} twice with different bytes: {first}, {other}")


def _link(source: Path, link: Path) -> None:
    try:
        link.symlink_to(source)
    except OSError:  # Windows without the privilege, or a file system without links
        shutil.copyfile(source, link)


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
