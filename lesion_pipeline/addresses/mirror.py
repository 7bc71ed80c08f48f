"""Files at an address, brought to a folder here: several at a time, each whole or not at all."""

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Final

from lesion_pipeline.addresses.storage import StoredFile
from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.files import PARTIAL, read_json, write_text
from lesion_pipeline.loops.parallel import in_order
from lesion_pipeline.loops.progress import progress

READERS: Final = 16  # files at a time: a storage takes its time for each
BLOCK: Final = 8 << 20  # bytes of a file in memory at a time
_LISTING: Final = ".listing.json"  # beside the folder: what its files are copies of


def short_name(address: str) -> str:
    """Return a name for a folder here, of an address: its letters, and digits of its SHA-256."""
    words = re.sub(r"[^A-Za-z0-9]+", "-", address).strip("-")[:60]
    return f"{words}-{hashlib.sha256(address.encode()).hexdigest()[:8]}"


def mirror(files: Mapping[PurePosixPath, StoredFile], folder: Path, unit: str = "file") -> None:
    """Make a folder hold these files and no others.

    A file that was brought before is kept if it has the size, and the storage the same tag for it
    as then. Of one above BLOCK, the bytes that an interrupted run brought are kept, too.

    Args:
        files: by their names in the folder.
        folder: it is made if it is missing, and the listing beside it.
        unit: what is counted in the progress.

    Raises:
        DataError: a file is gone, or changed meanwhile.
        StorageError: the storage can't be reached or refuses.
        OSError: the folder can't be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    listing = folder.with_name(folder.name + _LISTING)
    _remove_others(files, folder, _read(listing))
    tags = {str(name): file.tag for name, file in files.items()}
    write_text(listing, json.dumps(tags, indent=0) + "\n")
    missing = [name for name, file in files.items() if not _is_there(file, folder / name)]
    brought = in_order(lambda name: _bring(files[name], folder / name), missing, READERS)
    for _ in progress(brought, len(missing), "download", unit):
        pass


def _read(listing: Path) -> dict[str, str]:
    """Return the tags by name of what an earlier run brought; of nothing, if that isn't known."""
    try:
        return read_json(listing)
    except DataError:
        return {}


def _remove_others(
    files: Mapping[PurePosixPath, StoredFile], folder: Path, before: Mapping[str, str]
) -> None:
    """Remove what isn't wanted, or was another file at the address."""
    partial = {_partial(file, folder / name) for name, file in files.items()}
    for path in folder.rglob("*"):
        name = PurePosixPath(path.relative_to(folder).as_posix())
        wanted = files.get(name)
        same = wanted is not None and before.get(str(name)) == wanted.tag
        if not path.is_dir() and not same and path not in partial:
            path.unlink()


def _is_there(file: StoredFile, here: Path) -> bool:
    return here.is_file() and here.stat().st_size == file.size


def _partial(file: StoredFile, here: Path) -> Path:
    """Return where the bytes of one content of a file are gathered."""
    tag = hashlib.sha256(file.tag.encode()).hexdigest()[:8]
    return here.with_name(f"{here.name}.{tag}{PARTIAL}")


def _bring(file: StoredFile, here: Path) -> None:
    here.parent.mkdir(parents=True, exist_ok=True)
    partial, size = _partial(file, here), file.size or 0
    large = size > BLOCK
    if large:
        _append(file, size, partial)
    else:
        partial.write_bytes(file.read())
    if partial.stat().st_size != size or (large and file.known().tag != file.tag):
        partial.unlink()
        raise DataError(f"{file}: it changed while it was read; repeat the command")
    partial.replace(here)


def _append(file: StoredFile, size: int, partial: Path) -> None:
    """Bring the bytes of a file after those that an interrupted run has brought."""
    with partial.open("ab") as out:
        for start in range(out.tell(), size, BLOCK):
            out.write(file.read(start, min(size, start + BLOCK)))
