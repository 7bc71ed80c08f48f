"""Bundles on a model hub: fetch one (or a bare Keras file), publish one.

Only known file names are requested and written. A bundle is checked before it is moved to its
place, and nothing in it is run.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from pydantic import ValidationError

from lesion_pipeline.bundle.formats import FORMATS
from lesion_pipeline.bundle.manifest import CARD, MANIFEST, read_manifest
from lesion_pipeline.core.errors import BundleError, DataError, first_line
from lesion_pipeline.core.files import read_json, whole_folder
from lesion_pipeline.serve.provenance import PROVENANCE, Provenance, provenance

HUB_CARD: Final = "README.md"  # what the hub shows; CARD in a bundle
FILES: Final = tuple(entry.file for entry in FORMATS.values())
NETWORKS: Final = tuple(entry.file for entry in FORMATS.values() if entry.safe)
BARE: Final = {".h5": "model.h5", ".hdf5": "model.h5", ".keras": "model.keras"}


def pull(repo: str, target: Path, revision: str | None = None, hub: Any = None) -> Path:
    """Fetch a bundle, or the only Keras file of a repository.

    Args:
        repo: owner/name.
        target: the folder to write; it replaces an older bundle once everything is fetched.
        revision: branch, tag or commit; None: the default branch.
        hub: a huggingface_hub.HfApi; None: the one that the environment describes (HF_ENDPOINT,
            HF_TOKEN).

    Returns:
        the bundle's folder, or the file.

    Raises:
        BundleError: the hub can't be reached or refuses; there is no such repository or revision;
            it contains neither a valid bundle nor a single Keras file; `target` holds something
            else.
    """
    _replaceable(target)
    hub = hub or _hub()
    with _plain_errors(repo):
        found = hub.model_info(repo, revision=revision)
    names = [file.rfilename for file in found.siblings]
    wanted = _wanted(repo, names)
    with TemporaryDirectory() as cache, whole_folder(target) as folder:
        for remote, local in wanted.items():
            with _plain_errors(repo):
                path = hub.hf_hub_download(repo, remote, revision=found.sha, cache_dir=cache)
            shutil.copyfile(path, folder / local)
        if MANIFEST in wanted:
            read_manifest(folder)
        if PROVENANCE in wanted:
            _provenance(folder)
    return target if MANIFEST in wanted else target / next(iter(wanted.values()))


def push(bundle: Path, repo: str, private: bool = False, hub: Any = None) -> str:
    """Publish a bundle and its card in one commit, in a new repository if there is none.

    The provenance of a bundle that a pipeline made is published, too. Networks of an older bundle
    that this one doesn't have are removed from the repository.

    Args:
        bundle: the folder.
        repo: owner/name.
        private: whether a new repository is private.
        hub: as in `pull`.

    Returns:
        the address of the commit.

    Raises:
        BundleError: the bundle is not valid, or lacks its card or a network; the last commit of the
            pipeline makes another bundle; the hub can't be reached or refuses.
    """
    manifest = read_manifest(bundle)
    files = [report.file for report in manifest.formats.values() if report.file in NETWORKS]
    for name in (CARD, *files):
        if not (bundle / name).is_file():
            raise BundleError(f"incomplete bundle: {bundle / name} not found")
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    hub = hub or _hub()
    contents: dict[str, Any] = {name: bundle / name for name in (MANIFEST, *files)}
    card, origin = (bundle / CARD).read_text(encoding="utf-8"), _provenance(bundle)
    if origin is not None:
        contents[PROVENANCE] = (origin.model_dump_json(indent=2) + "\n").encode()
        card = card if PROVENANCE in _files(bundle) else card + origin.text()
    contents[HUB_CARD] = card.encode()
    with _plain_errors(repo):
        hub.create_repo(repo, private=private, exist_ok=True)
        there = {file.rfilename for file in hub.model_info(repo).siblings}
        gone = there.intersection({*NETWORKS, PROVENANCE}) - set(contents)
        commit = hub.create_commit(
            repo,
            [
                *(CommitOperationAdd(name, content) for name, content in contents.items()),
                *(CommitOperationDelete(name) for name in sorted(gone)),
            ],
            commit_message=f"Bundle {manifest.name}",
        )
    return str(commit.commit_url)


def _files(bundle: Path) -> set[str]:
    return {path.name for path in bundle.iterdir()}


def _provenance(bundle: Path) -> Provenance | None:
    """Read the provenance of a fetched bundle, or ask the pipeline around it."""
    if PROVENANCE not in _files(bundle):
        return provenance(bundle)
    try:
        return Provenance.model_validate(read_json(bundle / PROVENANCE))
    except (ValidationError, DataError):
        raise BundleError(f"{bundle / PROVENANCE} can't be read") from None


def _remote(name: str) -> str:
    return HUB_CARD if name == CARD else name


def _wanted(repo: str, names: list[str]) -> dict[str, str]:
    """Choose files at the top of a repository, and the local name of each."""
    if MANIFEST in names:
        if not {*NETWORKS}.intersection(names):
            raise BundleError(f"{repo}: a bundle with no network ({', '.join(NETWORKS)})")
        known = (MANIFEST, CARD, PROVENANCE, *NETWORKS)
        return {_remote(name): name for name in known if _remote(name) in names}
    keras = [name for name in names if Path(name).suffix in BARE and "/" not in name]
    if len(keras) != 1:
        raise BundleError(
            f"{repo}: expected a bundle ({MANIFEST}) or one file ({', '.join(BARE)}), "
            f"received {', '.join(keras) or 'none'}"
        )
    return {keras[0]: BARE[Path(keras[0]).suffix]}


def _replaceable(target: Path) -> None:
    """Refuse to replace a folder that isn't a download."""
    known = {MANIFEST, CARD, PROVENANCE, *FILES, *BARE.values()}
    there = {path.name for path in target.iterdir()} if target.is_dir() else set()
    usable = target.is_dir() or not target.exists()
    if not target.name or target.is_symlink() or not usable or not there <= known:
        raise BundleError(f"{target} holds something else than a bundle; name another --output")


def _hub() -> Any:
    from huggingface_hub import HfApi

    return HfApi()


@contextmanager
def _plain_errors(repo: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # the client raises errors of several libraries
        raise BundleError(f"{repo}: {first_line(error)}") from None
