"""Which commit rebuilds a bundle; added when the bundle is published.

It can't be in the bundle that the pipeline makes: dvc.lock contains that bundle's own hash, and a
commit that changed nothing else would change it.
"""

import hashlib
from pathlib import Path
from typing import Any, Final

from pydantic import Field

from lesion_pipeline.core.errors import BundleError
from lesion_pipeline.core.params import Section

PROVENANCE: Final = "provenance.json"
LOCK: Final = "dvc.lock"
_HEX: Final = r"^[0-9a-f]+(\.dir)?$"


class Provenance(Section):
    """What rebuilds a bundle: `git checkout <git_revision> && dvc repro`.

    Attributes:
        git_revision: the commit, 40 hex digits.
        dvc_lock_sha256: of dvc.lock in that commit.
        bundle_md5: of the bundle, as in dvc.lock.
    """

    git_revision: str = Field(pattern=_HEX, min_length=40)
    dvc_lock_sha256: str = Field(pattern=_HEX, min_length=64, max_length=64)
    bundle_md5: str = Field(pattern=_HEX, min_length=32)

    def text(self) -> str:
        """Return it as a section of the model card."""
        return (
            "\n## Provenance\n\n"
            f"`git checkout {self.git_revision} && dvc repro` rebuilds this bundle: dvc.lock of "
            f"that commit (SHA-256 {self.dvc_lock_sha256}) lists it with the MD5 "
            f"{self.bundle_md5}.\n"
        )


def provenance(bundle: Path) -> Provenance | None:
    """Find the commit that rebuilds a bundle.

    Args:
        bundle: its folder.

    Returns:
        None if no pipeline around it makes it, for example if it was fetched.

    Raises:
        BundleError: the pipeline's last commit makes another bundle.
    """
    from dvc.exceptions import DvcException, NotDvcRepoError, OutputNotFoundError
    from dvc.repo import Repo

    try:
        with Repo(str(bundle.parent)) as repo:
            (out,) = repo.find_outs_by_path(str(bundle.resolve()))
            if not out.hash_info or out.changed_checksum():
                raise BundleError(f"{bundle} isn't that of {LOCK}: run `dvc repro`")
            lock = (Path(repo.root_dir) / LOCK).read_bytes()
            if lock != _committed(repo, LOCK):
                raise BundleError(f"{LOCK} isn't what the last commit has: commit it first")
            return Provenance(
                git_revision=repo.scm.get_rev(),
                dvc_lock_sha256=hashlib.sha256(lock).hexdigest(),
                bundle_md5=str(out.hash_info.value),
            )
    except (NotDvcRepoError, OutputNotFoundError):
        return None
    except DvcException as error:
        raise BundleError(f"{bundle}: {error}") from None


def _committed(repo: Any, name: str) -> bytes | None:
    """Read a file at the top of a DVC repository as it is in the last commit."""
    with repo.switch("HEAD"):
        path = repo.fs.join(repo.root_dir, name)
        return bytes(repo.fs.read_bytes(path)) if repo.fs.exists(path) else None
