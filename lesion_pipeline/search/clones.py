"""Clones of the repository as it is now, in which stages run beside the user's own work.

They share DVC's cache, so what one clone has computed, all have. Several `dvc exp run --temp` at
once lose experiments to DVC's lock; each clone has a lock of its own.
"""

import ctypes
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import yaml
from dvc.repo import Repo

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.revisions.git import git
from lesion_pipeline.search.tree import Tree

PARAMS: Final = "params.yaml"
_DEATH_SIGNAL: Final = 1  # PR_SET_PDEATHSIG of prctl(2)
_TRIES: Final = 5  # where DVC finds a lock taken
_WAIT: Final = 2.0  # seconds before another try


@dataclass(frozen=True)
class Snapshot:
    """The tracked files of a repository at one moment, changes that aren't committed included.

    Attributes:
        root: the repository.
        cache: DVC's cache.
        commit: HEAD.
        changes: a commit with the changes, which no branch has; empty: there are none.
    """

    root: Path
    cache: Path
    commit: str
    changes: str

    @classmethod
    def take(cls) -> Self:
        """Take one of the repository that contains the working directory; nothing there changes.

        Raises:
            DataError: it is no repository, or has no commit.
        """
        with Repo() as repo:
            root, cache = Path(repo.root_dir), Path(repo.cache.local_cache_dir)
        commit = git(root, "rev-parse", "HEAD")
        return cls(root, cache, commit, git(root, "stash", "create"))

    def clone(self, target: Path, downloads: Path) -> None:
        """Make a clone, in place of one that is there.

        Args:
            target: its folder.
            downloads: folder of downloads, relative to the repository, which the clone uses.
        """
        shutil.rmtree(target, ignore_errors=True)
        git(self.root, "clone", "-q", "--shared", "--no-checkout", str(self.root), str(target))
        git(target, "checkout", "-q", "--detach", self.commit)
        if self.changes:
            git(target, "read-tree", "--reset", "-u", self.changes)
            git(target, "reset", "-q")
        self._share(target)
        if (self.root / downloads).is_dir():
            (target / downloads).parent.mkdir(parents=True, exist_ok=True)
            (target / downloads).symlink_to(self.root / downloads)

    def _share(self, target: Path) -> None:
        """Give a clone the repository's cache and this machine's configuration."""
        own = self.root / ".dvc/config.local"
        if own.is_file():
            shutil.copy2(own, target / ".dvc/config.local")
        run_dvc_until_unlocked(target, "cache", "dir", "--local", str(self.cache))


def set_params(clone: Path, tree: Tree) -> None:
    """Give a clone another params.yaml."""
    (clone / PARAMS).write_text(yaml.safe_dump(tree, sort_keys=False), encoding="utf-8")


def run_dvc_until_unlocked(folder: Path, *arguments: str) -> str:
    """Run DVC in a clone and return what it printed; it ends when this process is killed.

    Raises:
        DataError: it failed; with its last lines.
    """
    for left in reversed(range(_TRIES)):
        done = subprocess.run(
            [sys.executable, "-m", "dvc", *arguments], cwd=folder, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            preexec_fn=end_with_parent,
        )  # fmt: skip
        if done.returncode == 0:
            return done.stdout
        if "lock" not in done.stdout.lower() or not left:
            break
        time.sleep(_WAIT)
    tail = "\n".join(done.stdout.splitlines()[-8:])
    raise DataError(f"`dvc {' '.join(arguments)}` failed in {folder}\n{tail}".strip())


def end_with_parent() -> None:
    """Let this process, just forked, be ended when its parent is killed (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGTERM)
