"""What earlier runs took here, and for which work: logs/seconds and dvc.lock."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from lesion_pipeline.core.params import Section
from lesion_pipeline.planning.workload import PlannedParams
from lesion_pipeline.revisions.lock import LOCK, read_stages


def locked_params(root: Path, current: PlannedParams) -> PlannedParams | None:
    """Return the parameters with which the stages of dvc.lock ran.

    A key that dvc.lock doesn't have, because it is newer, has its value of now.

    Args:
        root: the repository.
        current: the parameters of now.

    Returns:
        The sections; None if there is no dvc.lock, or a section isn't in it or is of another form.

    Raises:
        DataError: dvc.lock is not what DVC writes.
    """
    lock = root / LOCK
    if not lock.is_file():
        return None
    found: dict[str, Any] = {}
    for entry in read_stages(lock.read_text(encoding="utf-8")).values():
        found |= entry.get("params", {}).get("params.yaml", {})
    try:
        return PlannedParams(*(_section(name, getattr(current, name), found) for name in
                               PlannedParams._fields))  # type: ignore[arg-type]  # fmt: skip
    except (KeyError, ValidationError):
        return None


def _section(name: str, now: Section, found: Mapping[str, Any]) -> Section:
    return type(now).model_validate(now.model_dump() | found[name])


def seconds_taken(folder: Path) -> dict[str, float]:
    """Return how long each stage took when it last ran here, from the files of logs/seconds."""
    taken = {}
    for file in sorted(folder.glob("*")):
        try:
            taken[file.name] = float(file.read_text(encoding="utf-8"))
        except ValueError:
            continue
    return taken
