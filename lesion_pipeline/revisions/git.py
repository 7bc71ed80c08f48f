"""Run git in a repository."""

import os
import subprocess
from pathlib import Path

from lesion_pipeline.core.errors import DataError


def git(folder: Path, *arguments: str, given: str = "") -> str:
    """Return what a git command prints, without surrounding space.

    Args:
        folder: where it runs.
        arguments: of git.
        given: its standard input.

    Raises:
        DataError: it failed; with what it printed.
    """
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env=os.environ | {"GIT_ADVICE": "0"}, input=given,
        text=True, capture_output=True,
    )  # fmt: skip
    if done.returncode:
        raise DataError(f"`git {' '.join(arguments)}`: {done.stderr.strip()}")
    return done.stdout.strip()


def blobs(folder: Path, path: str) -> list[str]:
    """Return the different contents that a file has in any commit, of all refs and experiments.

    Raises:
        DataError: it is no git repository.
    """
    commits = git(folder, "log", "--all", "--format=%H", "--", path).split()
    named = "".join(f"{commit}:{path}\n" for commit in commits)
    checked = git(folder, "cat-file", "--batch-check=%(objectname)", given=named).splitlines()
    found = sorted({line for line in checked if not line.endswith(" missing")})
    return [git(folder, "cat-file", "blob", name) for name in found]
