"""A bundle at an address: its files are brought to a cache on this machine."""

import hashlib
import os
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from lesion_pipeline.addresses.mirror import mirror, short_name
from lesion_pipeline.addresses.storage import StoredFile, files_at, is_address
from lesion_pipeline.bundle.manifest import CARD, MANIFEST, read_manifest
from lesion_pipeline.core.errors import BundleError
from lesion_pipeline.serve.hub import NETWORKS
from lesion_pipeline.serve.provenance import PROVENANCE


def bundle_folder(bundle: Path | str, cache: Path | None = None) -> Path:
    """Return the folder of a bundle on this machine.

    Of an address, the storage is asked each time what is there. With other sizes or tags of files
    it is another bundle, in another folder, so that a folder in use never changes. Only files of
    known names are read, as by `pull`.

    Args:
        bundle: a path, which is returned as it is, or an address.
        cache: where to keep bundles; None: LESION_CACHE, else the user's cache folder.

    Raises:
        BundleError: at the address is no bundle, or one that doesn't fit its manifest.
        PipelineError: as `files_at`.
    """
    if not is_address(bundle):
        return Path(bundle)
    address = str(bundle)
    known = {PurePosixPath(name) for name in (MANIFEST, CARD, PROVENANCE, *NETWORKS)}
    found = files_at(address, recursive=False)
    files = {name: file for name, file in found.items() if name in known}
    if PurePosixPath(MANIFEST) not in files:
        raise BundleError(f"{address}: no bundle there ({MANIFEST} not found)")
    target = (cache or _cache()) / f"{short_name(address)}-{_key(files)}"
    if not target.is_dir():
        _bring(files, target)
    return target


def _key(files: dict[PurePosixPath, StoredFile]) -> str:
    content = [(str(name), file.size, file.tag) for name, file in files.items()]
    return hashlib.sha256(repr(content).encode()).hexdigest()[:16]


def _bring(files: dict[PurePosixPath, StoredFile], target: Path) -> None:
    """Bring a bundle and check it before it gets its name; other processes may do the same."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=target.parent) as beside:
        folder = Path(beside, "bundle")
        mirror(files, folder)
        read_manifest(folder)
        if not target.is_dir():
            folder.rename(target)


def _cache() -> Path:
    own = os.environ.get("LESION_CACHE")
    users = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(own) if own else users / "lesion-pipeline"
