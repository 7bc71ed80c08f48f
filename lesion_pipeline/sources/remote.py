"""A collection at an address: its files are brought to a folder on this machine."""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from lesion_pipeline.addresses.mirror import mirror, short_name
from lesion_pipeline.addresses.storage import StoredFile, files_at
from lesion_pipeline.core.errors import DataError
from lesion_pipeline.images import SUFFIXES
from lesion_pipeline.sources.local import TABLE_SUFFIXES, TABLES
from lesion_pipeline.sources.unpack import is_debris


def bring(address: str, table: str | None, downloads: Path) -> Path:
    """Bring a collection's images and tables, or its zip files, from an address.

    Args:
        address: of a folder, searched to any depth, or of a zip file.
        table: the name of the table's file, if it has one of its own.
        downloads: what was brought stays in a folder there; after an interruption, and in the next
            run, only files that are missing or have changed at the address are brought.

    Returns:
        The folder on this machine.

    Raises:
        DataError: nothing usable is there, or a file changes meanwhile.
        PipelineError: the storage can't be reached or refuses, or a package for it is missing.
    """
    files = wanted(files_at(address), table)
    if not files:
        raise DataError(
            f"{address}: expected a folder with images ({', '.join(SUFFIXES)}) or zip files, or a "
            "zip file"
        )
    folder = downloads / short_name(address)
    mirror(files, folder)
    return folder


def wanted(
    files: Mapping[PurePosixPath, StoredFile], table: str | None = None
) -> dict[PurePosixPath, StoredFile]:
    """Choose images and tables; zip files and tables if there is no image."""
    named = {name: file for name, file in files.items() if not is_debris(name)}
    images = any(name.suffix.lower() in SUFFIXES for name in named)
    first = SUFFIXES if images else (".zip",)
    names = {*TABLES, *([] if table is None else [PurePosixPath(table).name])}
    return {
        name: file
        for name, file in named.items()
        if name.suffix.lower() in (*first, *TABLE_SUFFIXES) or name.name in names
    }
