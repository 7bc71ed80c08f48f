"""A collection that lies on this machine: a folder or a zip, flat or in the Kaggle layout."""

import filecmp
import shutil
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Final

from lesion_pipeline.data.images import SUFFIXES
from lesion_pipeline.data.metadata import check_images, read_metadata
from lesion_pipeline.errors import DataError, listed
from lesion_pipeline.progress import progress

TABLES: Final = ("metadata.csv", "HAM10000_metadata.csv", "HAM10000_metadata")
_DEBRIS: Final = "__MACOSX"
_UNREADABLE: Final = (zipfile.BadZipFile, zlib.error, RuntimeError)  # damaged, encrypted, exotic


def copy_local(source: Path, target: Path) -> None:
    """Fill the empty folder `target` from `source`, which is only read.

    Folders are searched to any depth, so Kaggle's two part folders, one folder or none are the
    same. From a folder, images are symbolic links where the system allows them, else copies.

    Raises:
        DataError: no such source, not exactly one table, or the same image twice with different
            content; or what read_metadata and check_images raise.
    """
    images = target / "images"
    images.mkdir()
    if source.is_dir():
        files = [file for file in sorted(source.rglob("*")) if file.is_file()]
        table, pictures = _sort_out(source, files)
        shutil.copyfile(table, target / "metadata.csv")
        _check_before(target, pictures, str(table))
        _link_all(pictures, images)
    elif zipfile.is_zipfile(source):
        try:
            _unpack(source, target)
        except _UNREADABLE as error:
            raise DataError(f"{source} can't be unpacked: {error}") from None
    else:
        raise DataError(f"fetch.path: expected a folder or a zip file, received {source}")


def _sort_out(source: Path, files: Iterable[Path]) -> tuple[Path, list[Path]]:
    """Tell the one table from the images; everything else is left alone."""
    kept = [file for file in files if _DEBRIS not in file.parts and file.name[0] != "."]
    tables = [file for file in kept if file.name in TABLES]
    if len(tables) != 1:
        found = listed(tables) or "none"
        raise DataError(f"{source}: expected one of {', '.join(TABLES)}, found {found}")
    pictures = [file for file in kept if file.suffix.lower() in SUFFIXES]
    if not pictures:
        raise DataError(f"{source}: no images ({', '.join(SUFFIXES)})")
    return tables[0], pictures


def _check_before(target: Path, pictures: list[Path], name: str) -> None:
    """Check the metadata before anything is made of 10,000 images."""
    table = read_metadata(target / "metadata.csv", name)
    check_images(table, {picture.stem for picture in pictures})


def _link_all(pictures: list[Path], images: Path) -> None:
    taken: dict[str, Path] = {}
    for picture in progress(pictures, len(pictures), "link"):
        before = taken.setdefault(picture.stem, picture)
        if before is picture:
            _link(picture.resolve(), images / (picture.stem + picture.suffix.lower()))
        elif not filecmp.cmp(before, picture, shallow=False):
            raise DataError(f"image {picture.stem} twice with different bytes: {before}, {picture}")


def _link(source: Path, link: Path) -> None:
    try:
        link.symlink_to(source)
    except OSError:  # Windows without the privilege, or a file system without links
        shutil.copyfile(source, link)


def _unpack(source: Path, target: Path) -> None:
    """Unpack table and images under names of our own: no member can choose where it goes."""
    with zipfile.ZipFile(source) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        members = {Path(PurePosixPath(name)): name for name in names}
        table, pictures = _sort_out(source, [path for path in members if path.name])
        (target / "metadata.csv").write_bytes(archive.read(members[table]))
        _check_before(target, pictures, f"{source}:{members[table]}")
        taken: dict[str, Path] = {}
        for picture in progress(sorted(pictures), len(pictures), "unpack"):
            content = archive.read(members[picture])
            file = target / "images" / (picture.stem + picture.suffix.lower())
            before = taken.setdefault(picture.stem, file)
            if before is file:
                file.write_bytes(content)
            elif before.read_bytes() != content:
                raise DataError(f"{source}: image {picture.stem} twice with different bytes")
