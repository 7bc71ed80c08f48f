"""A key that changes with all that predictions depend on, so that no stale output resumes."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from lesion_pipeline.addresses.storage import StoredFile
from lesion_pipeline.serve.inputs import ImageFile


def output_key(source: Path, images: Sequence[ImageFile], options: Sequence[object]) -> str:
    """Return the SHA-256 of all that rows depend on, in hexadecimal.

    Args:
        source: the network, a file or folder: its bytes count.
        images: their names, sizes and modification times count; of those at an address, what the
            storage has told when it listed them.
        options: what else counts.
    """
    digest = hashlib.sha256(repr([options, *map(_stamp, images)]).encode())
    files = sorted(source.rglob("*")) if source.is_dir() else [source]
    for file in files:
        if file.is_file():
            digest.update(repr(file.relative_to(source)).encode())
            with file.open("rb") as content:
                digest.update(hashlib.file_digest(content, "sha256").digest())
    return digest.hexdigest()


def _stamp(image: ImageFile) -> tuple[object, ...]:
    if isinstance(image, StoredFile):
        return str(image), image.size, image.tag
    try:
        found = image.stat()
    except (OSError, ValueError):  # it gets a row with its error
        return str(image), -1, -1
    return str(image), found.st_size, found.st_mtime_ns
