"""A copy of the report that states where it comes from, which the file of the stage can't know."""

import platform
from html import escape
from pathlib import Path
from typing import Final

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.inputs import md5_of
from lesion_pipeline.reporting.page import STAMP
from lesion_pipeline.revisions.git import git
from lesion_pipeline.revisions.lock import LOCK, read_lock

_CPU: Final = Path("/proc/cpuinfo")
_MODEL: Final = "model name"


def stamped(report: Path, root: Path = Path()) -> str:
    """Return the report with commit and processor below its summary.

    Args:
        report: the file of the stage, relative to `root`.
        root: the repository.

    Raises:
        DataError: there is no report, it has no place for a stamp, or `root` is no repository
            with a commit.
    """
    try:
        page = (root / report).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise DataError(f"{report} not found: run `dvc repro`") from None
    if page.count(STAMP) != 1:
        raise DataError(f"{report} was made by another version: run `dvc repro report`")
    facts = (_commit(report, root), f"Copied on {processor()}, {platform.system()}.")
    return page.replace(STAMP, f'<p class="stamp">{escape(" ".join(facts))}</p>')


def processor(table: Path = _CPU) -> str:
    """Return the name of this processor; its architecture where Linux doesn't tell."""
    try:
        lines = table.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith(_MODEL)]
    return next(filter(None, names), platform.machine())


def _commit(report: Path, root: Path) -> str:
    commit, day = git(root, "log", "-1", "--format=%H %cs").split()
    md5 = md5_of((root / report).parent)
    try:
        known = read_lock(git(root, "show", f"{commit}:{LOCK}"))
    except DataError:
        known = {}
    stated = known.get(report.parent.as_posix())
    if stated is not None and stated.md5 == md5:
        return f"Commit {commit} of {day}, whose {LOCK} names these results."
    return f"These results are not those of commit {commit} ({day}): its {LOCK} names others."
