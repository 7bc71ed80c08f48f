"""What dvc.lock states: the outputs of each stage with their hashes, and where they are."""

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml
from dvc.repo import Repo

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.inputs import FOLDER, cached, files_of, md5_of

LOCK: Final = "dvc.lock"
_RUNNING: Final = re.compile(r"^Running stage '(.+)'", re.MULTILINE)


@dataclass(frozen=True)
class LockedOutput:
    """An output as dvc.lock has it.

    Attributes:
        stage: the stage that writes it.
        path: relative to the repository.
        md5: of the file, or of the list of a folder's files.
    """

    stage: str
    path: str
    md5: str


def read_lock(text: str, name: str = LOCK) -> dict[str, LockedOutput]:
    """Return the outputs of a dvc.lock by path, in its order.

    Raises:
        DataError: it is no dvc.lock.
    """
    return outputs_of(read_stages(text, name), name)


def read_stages(text: str, name: str = LOCK) -> dict[str, Any]:
    """Return the entries of a dvc.lock by stage.

    Raises:
        DataError: it is no dvc.lock.
    """
    try:
        return dict(yaml.safe_load(text)["stages"])
    except (yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise DataError(f"{name} is not what DVC writes: {error!r}") from None


def outputs_of(stages: dict[str, Any], name: str = LOCK) -> dict[str, LockedOutput]:
    """Return the outputs of a dvc.lock by path, from its entries.

    Raises:
        DataError: an entry is not what DVC writes.
    """
    try:
        return {
            out["path"]: LockedOutput(stage, out["path"], out["md5"])
            for stage, entry in stages.items()
            for out in entry.get("outs", [])
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise DataError(f"{name} is not what DVC writes: {error!r}") from None


def run_dvc(folder: Path, *arguments: str, quiet: bool = True) -> str:
    """Run DVC in a repository; return what it printed, or nothing if it may print to the terminal.

    Raises:
        DataError: it failed; with its last lines.
    """
    command = [sys.executable, "-m", "dvc", *arguments]
    output = subprocess.PIPE if quiet else sys.stderr.fileno()
    done = subprocess.run(
        command, cwd=folder, text=True, stdin=subprocess.DEVNULL, stdout=output,
        stderr=subprocess.STDOUT,
    )  # fmt: skip
    if done.returncode:
        tail = "\n".join((done.stdout or "").splitlines()[-5:])
        raise DataError(f"`dvc {' '.join(arguments)}` failed in {folder}\n{tail}".strip())
    return done.stdout or ""


def stale_stages(folder: Path) -> list[str]:
    """List the stages whose code, parameters or inputs are not those of dvc.lock; needs no data.

    A stage that follows a stale one is listed too.
    """
    return _RUNNING.findall(run_dvc(folder, "repro", "--allow-missing", "--dry"))


def stages_to_run(folder: Path) -> list[str]:
    """List the stages that `dvc repro` would run, in the order of dvc.yaml.

    These are the stale ones, those of which dvc.lock has no output or an output isn't in the
    working tree, and all that follow one of them.

    Raises:
        DataError: DVC can't tell.
    """
    stale = stale_stages(folder)
    lock = folder / LOCK
    outputs = read_lock(lock.read_text(encoding="utf-8")).values() if lock.is_file() else ()
    whole = {output.stage for output in outputs} - {
        output.stage for output in outputs if not (folder / output.path).exists()
    }
    with Repo(str(folder)) as repo:
        graph = {
            stage.name: {before.name for before in befores}
            for stage, befores in repo.index.graph.adjacency()
        }
        names = [stage.name for stage in repo.index.stages]
    pending = {*stale, *(set(names) - whole)}
    while after := {name for name in names if name not in pending and graph[name] & pending}:
        pending |= after
    return [name for name in names if name in pending]


class LocalCache:
    """DVC's cache of a repository, read without trusting that a file is what its name states."""

    def __init__(self, root: Path) -> None:
        """Find the cache of the repository at `root`."""
        with Repo(str(root)) as repo:
            self._folder = Path(repo.cache.local.path)

    def place(self, md5: str) -> Path:
        """Return where the content with this hash is, whether it is there or not."""
        return cached(md5, self._folder)

    def files(self, md5: str) -> dict[str, str] | None:
        """Return the hashes of a folder's files by name; None if its list isn't in the cache."""
        return files_of(self.place(md5))

    def problems(self, output: LockedOutput) -> Iterator[str]:
        """Yield a line for each file of an output that is missing or has another content."""
        yield from self._problem(output.path, output.md5)
        if output.md5.endswith(FOLDER):
            for name, md5 in (self.files(output.md5) or {}).items():
                yield from self._problem(f"{output.path}/{name}", md5)

    def _problem(self, name: str, md5: str) -> Iterator[str]:
        place = self.place(md5)
        if not place.is_file():
            yield f"{name} is not in the cache"
        elif md5_of(place) != md5.removesuffix(FOLDER):
            yield f"{name} is damaged in the cache ({place})"


def differing_files(old: dict[str, str] | None, new: dict[str, str] | None) -> list[str] | None:
    """List the names whose hashes differ or that only one has; None if one side isn't known."""
    if old is None or new is None:
        return None
    return sorted(name for name in {*old, *new} if old.get(name) != new.get(name))
