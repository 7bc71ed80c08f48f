"""SIGKILL of a whole `dvc repro` at random moments of each stage."""

import random
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from tests.chaos.project import BrokenError, Project, remove


@dataclass(frozen=True)
class Kills:
    """What came of the kills of a stage.

    Attributes:
        stage: the stage.
        seconds: how long it takes undisturbed, DVC's part included.
        kills: how many.
        broken: what went wrong, one text per kill.
        resumed: how many of the runs afterwards said that they kept finished work.
        torn: how often DVC had left half an rwlock or dvc.lock.
    """

    stage: str
    seconds: float
    kills: int
    broken: list[str]
    resumed: int
    torn: int


def kill_stage(project: Project, stage: str, kills: int, seed: int) -> Kills:
    """Kill a stage at random moments, from its start to a little after its end."""
    drawn = random.Random(f"{seed} {stage}")
    seconds = duration(project, stage)
    broken, resumed, torn = [], 0, project.torn
    for _ in range(kills):
        delay = drawn.uniform(0, seconds)
        project.unfinish(stage)
        try:
            project.stopped(stage, signal.SIGKILL, delay)
            again = project.recover()
            resumed += "resuming" in again.printed or "are kept" in again.printed
        except BrokenError as error:
            broken.append(f"{stage} killed after {delay:.2f} s: {error}")
            print(broken[-1], file=sys.stderr, flush=True)
            restore(project)
    return Kills(stage, seconds, kills, broken, resumed, project.torn - torn)


def duration(project: Project, stage: str) -> float:
    """Return how many seconds pass from the start of a stage to the end of `dvc repro`."""
    project.unfinish(stage)
    with project.start() as running:
        project.wait_for(running, f"Running stage '{stage}'")
        began = time.monotonic()
        running.wait()
    project.check()
    return time.monotonic() - began


def restore(project: Project) -> None:
    """Bring a project whose recovery failed back to the right state."""
    (project.folder / "dvc.lock").write_text(project.right, encoding="utf-8")
    for path in list(project.folder.rglob("*.partial")):
        remove(path)
    (project.folder / ".dvc/tmp/rwlock").unlink(missing_ok=True)
    again = project.ended("dvc", "repro", "--force", "--no-run-cache")
    if again.status != 0:
        raise BrokenError(f"can't be restored:\n{again.printed}")


def table(found: Sequence[Kills]) -> str:
    """Return one row per stage as Markdown."""
    rows = [
        f"| {each.stage} | {each.seconds:.1f} | {each.kills} | {each.kills - len(each.broken)} "
        f"| {each.resumed} | {each.torn} |"
        for each in found
    ]
    head = "| stage | seconds | kills | rebuilt to the same | kept finished work | DVC file torn |"
    return "\n".join([head, "|---|---|---|---|---|---|", *rows])
