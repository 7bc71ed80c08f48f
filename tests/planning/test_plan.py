"""Times from earlier runs, and the lines for people."""

from collections.abc import Callable

import pytest

from lesion_pipeline.planning.plan import EarlierRuns, StagePlan, described, plan_stages
from lesion_pipeline.planning.reference import seconds
from lesion_pipeline.planning.workload import Workload

SMALL = {"train": 241, "val": 50, "test": 50}
STAGES = [
    StagePlan("fetch", 2_000_000, None, None, False),
    StagePlan("embed", 500_000_000, 1400, 300.0, True),
    StagePlan("audit", None, 26_000, 30.0, False),
]


def test_the_same_work_takes_as_long_as_it_took(make_workload: Callable[..., Workload]) -> None:
    work = make_workload()
    stages = plan_stages(work, {"embed": 5}, EarlierRuns({"embed": 123.0}, work))
    embed = next(stage for stage in stages if stage.name == "embed")
    assert embed == StagePlan("embed", 5, 1400, pytest.approx(123.0), True)
    assert [stage.name for stage in stages] == list(seconds(work))


def test_other_work_takes_as_much_longer_as_at_the_reference(
    make_workload: Callable[..., Workload],
) -> None:
    before, now = make_workload(SMALL), make_workload()
    took = 2 * (seconds(before)["embed"] or 0)
    stages = plan_stages(now, {}, EarlierRuns({"embed": took}, before))
    found = {stage.name: stage.seconds for stage in stages}
    assert found["embed"] == pytest.approx(2 * (seconds(now)["embed"] or 0))


def test_a_stage_that_has_not_run_takes_the_speed_of_those_that_have(
    make_workload: Callable[..., Workload],
) -> None:
    work = make_workload()
    reference = {name: took for name, took in seconds(work).items() if took}
    few = {name: 3 * reference[name] for name in ("split", "draw")}
    enough = few | {"summary": 3 * reference["summary"]}
    for taken, factor in ((few, 1), (enough, 3)):
        stages = plan_stages(work, {}, EarlierRuns(taken, work))
        (train,) = [stage for stage in stages if stage.name == "train"]
        assert train.seconds == pytest.approx(factor * reference["train"])
        assert not train.measured


def test_without_the_parameters_of_earlier_runs_these_tell_nothing(
    make_workload: Callable[..., Workload],
) -> None:
    stages = plan_stages(make_workload(), {}, EarlierRuns({"embed": 1.0}, None))
    assert not any(stage.measured for stage in stages)


def test_lines_for_people() -> None:
    lines = list(described(STAGES, 66_000_000, 29_000_000_000, 32_000))
    assert lines[:6] == [
        "stage               disk    memory           time",
        "fetch             2.0 MB                not known",
        "embed             500 MB  1400 MiB      5 min 0 s",
        "audit                    26000 MiB           30 s ~",
        "In all 502 MB and 5 min 30 s, besides fetch.",
        "While `train` runs, 66 MB more in logs/unfinished.",
    ]
    assert not [line for line in lines if line.startswith("warning")]


def test_what_is_too_small_is_told() -> None:
    lines = list(described(STAGES, 66_000_000, 567_000_000, 16_000))
    assert [line for line in lines if line.startswith("warning")] == [
        "warning: 568 MB needed, 567 MB free (docs/scale.md)",
        "warning: audit needs about 26000 MiB of memory, this machine has 16000 MiB "
        "(docs/scale.md)",
    ]
