"""Does a revision rebuild to the same bytes here? By how much do its scores differ, if not?"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import python_version
from tempfile import TemporaryDirectory
from typing import Any, Final

from dvc.repo import Repo

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.inputs import md5_of
from lesion_pipeline.loops.parallel import cores
from lesion_pipeline.revisions.git import git
from lesion_pipeline.revisions.lock import (
    LOCK,
    LocalCache,
    LockedOutput,
    differing_files,
    read_lock,
    run_dvc,
    stale_stages,
)
from lesion_pipeline.revisions.read import WORKSPACE, Revision

# How far the headline scores may move where bytes can't be the same (docs/reliability.md).
TOLERANCES: Final = {"roc_auc": 0.02, "pr_auc": 0.04}
SHOWN: Final = 8  # names of files in a line; there may be thousands
# The clone's own cache, whatever this machine's configuration says: a shared one would be taken for
# what was rebuilt.
_OWN_CACHE: Final = "[cache]\n    dir = cache\n"
_PINNED: Final = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;]+)", re.MULTILINE)


@dataclass(frozen=True)
class RebuildPaths:
    """What is read of a revision, relative to the repository.

    Attributes:
        summary: JSON file of the headline scores by split.
        downloads: folder of downloads, which a rebuild uses instead of the network.
    """

    summary: Path
    downloads: Path


@dataclass(frozen=True)
class ScoreChange:
    """A headline score before and after a rebuild."""

    name: str
    before: float
    after: float
    tolerance: float

    @property
    def within(self) -> bool:
        """Whether the score moved by no more than its tolerance."""
        return abs(self.after - self.before) <= self.tolerance + 1e-12

    def __str__(self) -> str:
        """Return the change in words."""
        verdict = "within" if self.within else "NOT within"
        return (
            f"{self.name}: {self.before:.4f} -> {self.after:.4f} "
            f"({self.after - self.before:+.4f}, {verdict} the tolerance of {self.tolerance:g})"
        )


@dataclass
class Verification:
    """What was found.

    Attributes:
        revision: as the user names it, with its commit.
        built: whether it was rebuilt.
        outputs: how many outputs dvc.lock has.
        stale: stages whose code or parameters are not those of dvc.lock.
        damage: outputs in cache or git that are missing or not those of dvc.lock.
        first: the first stage whose outputs differ after the rebuild; None: none.
        differing: outputs that differ, with the files where they are known.
        changes: headline scores that moved.
        environment: this machine, and packages that are not those of the revision.
    """

    revision: str
    built: bool
    outputs: int
    stale: list[str] = field(default_factory=list)
    damage: list[str] = field(default_factory=list)
    first: str | None = None
    differing: list[str] = field(default_factory=list)
    changes: list[ScoreChange] = field(default_factory=list)
    environment: list[str] = field(default_factory=list)

    @property
    def same(self) -> bool:
        """Whether nothing was found that differs from dvc.lock."""
        return not (self.stale or self.damage or self.differing)

    def text(self) -> str:
        """Return it for a terminal."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        if self.stale:
            yield f"{LOCK} of {self.revision} doesn't fit its code or parameters: "
            yield f"  stale: {', '.join(self.stale)}. Run `dvc repro` and commit {LOCK}."
        else:
            yield f"{LOCK} of {self.revision} fits its code and parameters."
        for line in self.damage:
            yield f"  {line}"
        if self.damage:
            yield "Get what is missing by `dvc fetch`; delete what is damaged and rebuild it."
        if self.built:
            yield from self._rebuilt()
        elif not self.damage:
            yield f"All {self.outputs} outputs in git and in the cache have the hash of {LOCK}."
        yield from self.environment

    def _rebuilt(self) -> Iterator[str]:
        if self.first is None:
            yield f"Rebuilt: the same bytes, all {self.outputs} outputs."
            return
        yield f"Rebuilt: other bytes from stage {self.first} on:"
        for line in self.differing:
            yield f"  {line}"
        for change in self.changes:
            yield f"  {change}"
        if not self.changes:
            yield "  The headline scores are the same."


def verify_revision(name: str, paths: RebuildPaths, build: bool) -> Verification:
    """Check what a revision commits, and rebuild it in a temporary clone if asked.

    Args:
        name: commit, branch, tag or experiment.
        paths: what is read of the revision.
        build: rebuild it. Without, dvc.lock is compared with code and parameters, and what git and
            the cache hold with dvc.lock.

    Raises:
        DataError: no such revision, no dvc.lock in it, or the rebuild failed.
    """
    commit = Revision.find(name).commit
    if commit == WORKSPACE:
        raise DataError(f"{name}: expected a revision that is committed")
    root = _root()
    with TemporaryDirectory(prefix="lesion-verify-") as folder:
        clone = Path(folder) / "clone"
        git(root, "clone", "--quiet", "--shared", "--no-checkout", str(root), str(clone))
        git(clone, "checkout", "--quiet", "--detach", commit)
        (clone / ".dvc/config.local").write_text(_OWN_CACHE, encoding="utf-8")
        locked = _read_lock(clone)
        found = Verification(f"{name} ({commit[:7]})", build, len(locked), stale_stages(clone))
        found.environment = environment(clone)
        if build:
            _rebuild(root, clone, locked, paths, found)
        else:
            found.damage = list(_damage(clone, LocalCache(root), locked))
    return found


def environment(folder: Path) -> list[str]:
    """Describe this machine, and the packages that are not those that a revision pins."""
    lines = [f"This machine: {processor()}, {cores()} cores, Python {python_version()}."]
    pinned: dict[str, str] = {}
    for file in ("requirements.txt", "constraints.txt"):
        if (folder / file).is_file():
            pinned |= dict(_PINNED.findall((folder / file).read_text(encoding="utf-8")))
    other = [f"{name} {found} ({wanted})" for name, wanted, found in _installed(pinned)]
    if other:
        lines.append(f"Installed, and in brackets pinned by the revision: {', '.join(other)}.")
    return lines


def processor() -> str:
    """Return the processor's name as the system gives it."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "unknown processor"
    found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    flags = re.search(r"^flags\s*:.*$", text, re.MULTILINE)
    widest = [name for name in ("avx512f", "avx2") if flags and f" {name} " in flags[0] + " "]
    return f"{found[1] if found else 'unknown processor'} ({(widest or ['no avx2'])[0]})"


def _installed(pinned: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield name, pinned and installed version of each package where the two differ."""
    for name, wanted in pinned.items():
        try:
            found = version(name)
        except PackageNotFoundError:
            continue  # of another format or system
        if found != wanted:
            yield name, wanted, found


def _rebuild(
    root: Path,
    clone: Path,
    locked: dict[str, LockedOutput],
    paths: RebuildPaths,
    into: Verification,
) -> None:
    before = _scores(clone / paths.summary)
    if (root / paths.downloads).is_dir():
        (clone / paths.downloads).parent.mkdir(parents=True, exist_ok=True)
        (clone / paths.downloads).symlink_to(root / paths.downloads)
    run_dvc(clone, "repro", "--no-run-cache", quiet=False)
    rebuilt = _read_lock(clone)
    caches = LocalCache(root), LocalCache(clone)
    for path, old in locked.items():
        new = rebuilt.get(path)
        if new is None or new.md5 != old.md5:
            into.first = into.first or old.stage
            into.differing.append(_described(old, new, caches))
    into.changes = [
        ScoreChange(name, before[name], value, TOLERANCES[name.split(".")[-1]])
        for name, value in _scores(clone / paths.summary).items()
        if name in before and value != before[name]
    ]


def _described(
    old: LockedOutput, new: LockedOutput | None, caches: tuple[LocalCache, LocalCache]
) -> str:
    """Name an output that differs and, of a folder, its files that do."""
    text = f"{old.stage}: {old.path}"
    if new is None or not old.md5.endswith(".dir"):
        return text
    names = differing_files(caches[0].files(old.md5), caches[1].files(new.md5))
    if names is None:
        return f"{text} (which files isn't known: this machine's cache lacks the committed ones)"
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{text}: {', '.join(names[:SHOWN])}{more}"


def _damage(clone: Path, cache: LocalCache, locked: dict[str, LockedOutput]) -> Iterator[str]:
    """Compare what git has with dvc.lock, and what the cache has where git has nothing."""
    for output in locked.values():
        file = clone / output.path
        if not file.exists():
            yield from cache.problems(output)
        elif md5_of(file) != output.md5:
            yield f"{output.path} in git is not that of {LOCK}"


def _scores(path: Path) -> dict[str, float]:
    """Read the headline scores of both splits, as `val.roc_auc`; nothing if there are none."""
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    splits = {name: scores for name, scores in content.items() if isinstance(scores, dict)}
    return {
        f"{split}.{name}": float(scores[name])
        for split, scores in splits.items()
        for name in TOLERANCES
        if isinstance(scores.get(name), int | float)
    }


def _read_lock(folder: Path) -> dict[str, LockedOutput]:
    try:
        return read_lock((folder / LOCK).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataError(f"the revision has no {LOCK}: run `dvc repro` and commit it") from None


def _root() -> Path:
    with Repo() as repo:
        return Path(repo.root_dir)
