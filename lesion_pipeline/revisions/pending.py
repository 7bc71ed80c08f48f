"""Which stages `dvc repro` would run, and how long each took when it last ran here."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lesion_pipeline.core.stage import SECONDS
from lesion_pipeline.revisions.lock import stages_to_run


@dataclass(frozen=True)
class PendingStage:
    """A stage that `dvc repro` would run, or take from DVC's cache if it ran like that before.

    Attributes:
        name: in dvc.yaml.
        seconds: how long it took when it last ran here; None: it hasn't.
    """

    name: str
    seconds: float | None


def pending_stages(root: Path) -> list[PendingStage]:
    """List the stages that `dvc repro` would run now, in their order.

    Args:
        root: the repository.

    Raises:
        DataError: DVC can't tell.
    """
    return [PendingStage(name, _seconds(root / SECONDS / name)) for name in stages_to_run(root)]


def describe(stages: list[PendingStage]) -> Iterator[str]:
    """Yield lines for people."""
    if not stages:
        yield "`dvc repro` would run nothing: all outputs are up to date."
        return
    yield "`dvc repro` would run, unless DVC's cache has the outputs:"
    for stage in stages:
        yield f"  {stage.name:<15} {_words(stage.seconds)}"
    known = [stage.seconds for stage in stages if stage.seconds is not None]
    if known:
        left = len(stages) - len(known)
        more = f", and {left} that haven't run here yet" if left else ""
        yield f"In all {duration(sum(known))}{more}, if they take as long as they last did here."


def _words(seconds: float | None) -> str:
    return "not run here yet" if seconds is None else f"took {duration(seconds)} last time"


def duration(seconds: float) -> str:
    """Return a time in words, such as `45 s`, `2 min 5 s` or `1 h 12 min`."""
    whole = max(1, round(seconds))
    minutes, hours = whole // 60, whole // 3600
    if hours:
        return f"{hours} h {minutes % 60} min"
    return f"{minutes} min {whole % 60} s" if minutes else f"{whole} s"


def _seconds(file: Path) -> float | None:
    try:
        return float(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
