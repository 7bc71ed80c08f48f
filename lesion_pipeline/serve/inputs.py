"""The image files that a command names: files, folders, patterns, lists."""

import glob
from collections.abc import Iterable, Iterator
from pathlib import Path

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.images import SUFFIXES


def find_images(folder: Path, recursive: bool = False) -> list[Path]:
    """List the images (JPEG, PNG) of a folder by name; `recursive`: and of folders within it.

    Raises:
        DataError: there is no such folder, or no image in it.
    """
    if not folder.is_dir():
        raise DataError(f"no such folder: {folder}")
    files = sorted(_images(folder.rglob("*") if recursive else folder.iterdir()))
    if not files:
        raise DataError(f"{folder}: no images ({', '.join(SUFFIXES)})")
    return files


def expand(paths: Iterable[str], recursive: bool = False, patterns: bool = True) -> Iterator[Path]:
    """Expand what was typed into files, in the order given.

    Args:
        paths: each a file, whether it exists or not; a folder, for its images by name; or a
            pattern with *, ? or [], for the images it matches by name (** for any depth).
        recursive: include the images of folders within a folder.
        patterns: whether there are patterns among them; else *, ? and [] are parts of names.

    Raises:
        DataError: a folder or a pattern without images.
    """
    for text in paths:
        path = Path(text)
        if path.is_dir():
            yield from find_images(path, recursive)
        elif patterns and not path.exists() and glob.has_magic(text):
            yield from _matching(text)
        else:
            yield path


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


def _matching(pattern: str) -> list[Path]:
    names = glob.iglob(pattern, recursive=True)  # noqa: PTH207, pathlib takes no absolute pattern
    files = sorted(_images(map(Path, names)))
    if not files:
        raise DataError(f"{pattern}: no images ({', '.join(SUFFIXES)})")
    return files


def _images(paths: Iterable[Path]) -> Iterator[Path]:
    return (path for path in paths if path.suffix.lower() in SUFFIXES and not path.is_dir())
