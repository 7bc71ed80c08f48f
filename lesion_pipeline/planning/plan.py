"""The plan: disk, memory and time of each stage here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Final

from lesion_pipeline.disk import in_words
from lesion_pipeline.planning.reference import mebibytes, seconds
from lesion_pipeline.planning.workload import Workload
from lesion_pipeline.revisions.pending import duration

FEWEST: Final = 3  # stages that have run here, from which the speed of the machine is taken


@dataclass(frozen=True)
class StagePlan:
    """What a stage will take.

    Attributes:
        name: in dvc.yaml.
        disk: bytes that it writes; None: less than 1 MB.
        memory: its peak in MiB; None: less than 500.
        seconds: how long it takes; None: not known.
        measured: whether the time follows from a run of this stage here.
    """

    name: str
    disk: int | None
    memory: int | None
    seconds: float | None
    measured: bool


@dataclass(frozen=True)
class EarlierRuns:
    """What earlier runs took here.

    Attributes:
        seconds: by stage.
        work: what their work depended on; None: not known.
    """

    seconds: Mapping[str, float]
    work: Workload | None


def plan_stages(work: Workload, disk: Mapping[str, int], earlier: EarlierRuns) -> list[StagePlan]:
    """Plan each stage, in the order of the pipeline.

    The time of a stage that has run here is what it took, times the ratio of what the reference
    machine would take for this work and for that. Of a stage that hasn't, it is the time of the
    reference machine, times the median of that ratio over the others.
    """
    wanted = seconds(work)
    before = seconds(earlier.work) if earlier.work else {}
    ratios = {
        name: took / at_reference
        for name, took in earlier.seconds.items()
        if (at_reference := before.get(name))
    }
    speed = median(ratios.values()) if len(ratios) >= FEWEST else 1.0
    memory = mebibytes(work)
    return [
        StagePlan(
            name,
            disk.get(name),
            memory.get(name),
            None if needed is None else needed * ratios.get(name, speed),
            name in ratios and needed is not None,
        )
        for name, needed in wanted.items()
    ]


def described(stages: list[StagePlan], unfinished: int, free: int, memory: int) -> Iterator[str]:
    """Yield lines for people.

    Args:
        stages: the plan.
        unfinished: bytes that a training takes while it runs.
        free: bytes on the disk.
        memory: MiB of this machine.
    """
    yield f"{'stage':<15} {'disk':>8} {'memory':>9} {'time':>14}"
    for stage in stages:
        disk = "" if stage.disk is None else in_words(stage.disk)
        peak = "" if stage.memory is None else f"{stage.memory} MiB"
        time = "not known" if stage.seconds is None else duration(stage.seconds)
        mark = "" if stage.measured or stage.seconds is None else " ~"
        yield f"{stage.name:<15} {disk:>8} {peak:>9} {time:>14}{mark}"
    known = sum(stage.seconds or 0 for stage in stages)
    unknown = [stage.name for stage in stages if stage.seconds is None]
    besides = f", besides {', '.join(unknown)}" if unknown else ""
    total = sum(stage.disk or 0 for stage in stages)
    yield f"In all {in_words(total)} and {duration(known)}{besides}."
    yield f"While `train` runs, {in_words(unfinished)} more in logs/unfinished."
    yield "~ from rates of another machine: the stage hasn't run here, or with other parameters."
    yield from _limits(stages, total + unfinished, free, memory)


def _limits(stages: list[StagePlan], needed: int, free: int, memory: int) -> Iterator[str]:
    yield (
        f"{in_words(free)} are free, and outputs that are there already count among what is used. "
        "DVC's cache has them as links: it takes as much again only if it lies on another disk, or "
        "a file system has neither reflinks nor hard links."
    )
    if needed > free:
        yield f"warning: {in_words(needed)} needed, {in_words(free)} free (docs/scale.md)"
    for stage in stages:
        if stage.memory is not None and stage.memory > memory:
            yield (
                f"warning: {stage.name} needs about {stage.memory} MiB of memory, this machine has "
                f"{memory} MiB (docs/scale.md)"
            )
