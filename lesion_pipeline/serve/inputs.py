"""The image files that a command names: files, folders, patterns, lists; here or at an address."""

import glob
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from lesion_pipeline.addresses.storage import StoredFile, files_at, is_address, one_file
from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.listing import counted, few
from lesion_pipeline.images import SUFFIXES

ImageFile = Path | StoredFile  # on this machine, or at an address
Note = Callable[[str], None]  # is told in a line what a folder or a pattern holds besides images


def _unheard(line: str) -> None:
    pass


def find_images(folder: Path, recursive: bool = False, note: Note = _unheard) -> list[Path]:
    """List the images (JPEG, PNG) of a folder by name; `recursive`: and of folders within it.

    Args:
        folder: the folder.
        recursive: include the images of folders within it.
        note: is told what else there is, if there is anything.

    Raises:
        DataError: there is no such folder, or no image in it; names what there is instead.
    """
    if not folder.is_dir():
        raise DataError(f"no such folder: {folder}")
    entries = sorted(folder.rglob("*") if recursive else folder.iterdir())
    files = list(filter(_is_image, entries))
    folders = [] if recursive else [entry.name for entry in entries if entry.is_dir()]
    others = [str(entry.relative_to(folder)) for entry in _other_files(entries)]
    _tell(str(folder), files, _left_out(others, folders), note)
    return files


def expand(
    paths: Iterable[str], recursive: bool = False, patterns: bool = True, note: Note = _unheard
) -> Iterator[ImageFile]:
    """Expand what was typed into files, in the order given.

    Args:
        paths: each a file, whether it exists or not; a folder, for its images by name; or a
            pattern with *, ? or [], for the images it matches by name (** for any depth). Or the
            address of a file, which has the ending of an image, or of a folder.
        recursive: include the images of folders within a folder.
        patterns: whether there are patterns among them; else *, ? and [] are parts of names.
        note: as in `find_images`.

    Raises:
        DataError: a folder or a pattern without images.
        PipelineError: an address can't be used.
    """
    for text in paths:
        path = Path(text)
        if is_address(text):
            yield from _at(text, recursive, note)
        elif path.is_dir():
            yield from find_images(path, recursive, note)
        elif patterns and not path.exists() and glob.has_magic(text):
            yield from _matching(text, note)
        else:
            yield path


def _at(address: str, recursive: bool, note: Note) -> list[StoredFile]:
    """List the image files at an address; one that names a file isn't asked for."""
    if address.lower().endswith(SUFFIXES):
        return [one_file(address)]
    found = files_at(address, recursive)
    files = [file for name, file in found.items() if name.suffix.lower() in SUFFIXES]
    others = [name for name in found if name.suffix.lower() not in SUFFIXES]
    _tell(address, files, _left_out(others, []), note)
    return files


def check_there(files: Iterable[ImageFile]) -> None:
    """Refuse files that don't exist.

    Raises:
        DataError: names some of them.
        PipelineError: an address can't be asked.
    """
    missing = [file for file in files if not file.exists()]
    if missing:
        raise DataError(f"no such file: {few(missing)}")


def read_list(path: Path) -> list[str]:
    """Read a text file with one path per line; empty lines are skipped.

    Raises:
        DataError: there is no such file, it isn't UTF-8 text, or has no path.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError:
        raise DataError(f"no such file: {path}") from None
    except UnicodeDecodeError:
        raise DataError(f"{path}: expected UTF-8 text with one path per line") from None
    listed = [line.strip() for line in lines if line.strip()]
    if not listed:
        raise DataError(f"{path}: no path in it")
    return listed


def _matching(pattern: str, note: Note) -> list[Path]:
    names = glob.iglob(pattern, recursive=True)  # noqa: PTH207, pathlib takes no absolute pattern
    entries = sorted(map(Path, names))
    files = list(filter(_is_image, entries))
    _tell(pattern, files, _left_out(list(_other_files(entries)), []), note)
    return files


def _is_image(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and not path.is_dir()


def _other_files(paths: Iterable[Path]) -> Iterator[Path]:
    return (path for path in paths if not path.is_dir() and not _is_image(path))


def _left_out(others: Sequence[object], folders: Sequence[object]) -> str:
    found = []
    if others:
        found.append(f"{counted(len(others), 'other file')} ({few(others)})")
    if folders:
        found.append(
            f"{counted(len(folders), 'folder')} ({few(folders)}; --recursive includes folders)"
        )
    return " and ".join(found)


def _tell(place: str, files: Sequence[object], left_out: str, note: Note) -> None:
    if not files:
        instead = f"; found {left_out}" if left_out else ""
        raise DataError(f"{place}: no images ({', '.join(SUFFIXES)}){instead}")
    if left_out:
        note(f"{place}: left out {left_out}")
