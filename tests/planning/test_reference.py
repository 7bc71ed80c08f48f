"""Times and memory of the reference machine, against the tables of docs/results.md."""

from collections.abc import Callable

import pytest

from lesion_pipeline.planning.reference import mebibytes, seconds
from lesion_pipeline.planning.workload import Workload

LOCAL = {"fetch": {"source": "local", "path": "ham"}}


def test_the_complete_collection(make_workload: Callable[..., Workload]) -> None:
    """`fast`, without what other work slowed."""
    found = seconds(make_workload(**LOCAL))
    measured = {"preprocess": 19.7, "backbone": 6.7, "audit": 16.6, "train": 68.4, "predict": 5.1,
                "evaluate": 3.9, "tune_threshold": 1.6, "summary": 2.6, "draw": 3.9}  # fmt: skip
    for stage, took in measured.items():
        assert found[stage] == pytest.approx(took, rel=0.25), stage
    memory = mebibytes(make_workload(**LOCAL))
    for stage, peak in {"preprocess": 722, "embed": 1397, "audit": 829, "train": 1355}.items():
        assert memory[stage] == pytest.approx(peak, rel=0.25), stage


def test_components_are_fitted_on_features_that_memory_holds(
    make_workload: Callable[..., Workload],
) -> None:
    plain = mebibytes(make_workload())["embed"]
    size = {"shape": (1024,), "fitted": 6176}
    fitted = mebibytes(make_workload(size=size))["embed"]
    assert fitted - plain > 6 * 7_010 * 6_176 / 2**20
    most = mebibytes(make_workload({"train": 280_000, "val": 1, "test": 1}, size=size))["embed"]
    half = mebibytes(make_workload({"train": 140_000, "val": 1, "test": 1}, size=size))["embed"]
    assert most == half > fitted  # of more images than 30,000 some are taken


def test_ten_times_the_images(make_workload: Callable[..., Workload]) -> None:
    """Embedding takes ten times as long but for its start; all pairs a hundred times."""
    once = seconds(make_workload(**LOCAL))
    more = seconds(make_workload({"train": 70_100, "val": 15_000, "test": 15_050}, **LOCAL))
    assert once["embed"] is not None and more["embed"] is not None
    assert more["embed"] - 6 == pytest.approx(10 * (once["embed"] - 6))
    assert once["audit"] is not None and more["audit"] is not None
    assert more["audit"] > 20 * once["audit"]
    assert more["backbone"] == once["backbone"]
    memory = mebibytes(make_workload({"train": 280_000, "val": 60_000, "test": 60_000}, **LOCAL))
    assert memory["audit"] == pytest.approx(2_800, rel=0.05)  # not 40 times 829


@pytest.mark.parametrize(
    ("stage", "changes"),
    [
        ("train", {"train": {"epochs": 40}}),
        ("train", {"train": {"folds": 2}}),
        ("embed", {"embed": {"augmentations": 8}}),
        ("preprocess", {"preprocess": {"image_size": 448}}),
        ("preprocess", {"preprocess": {"encoding": "png"}}),
        ("predict", {"predict": {"tta": 4}}),
        ("evaluate", {"evaluate": {"bootstrap_samples": 4000}}),
    ],
)
def test_more_work_takes_longer(
    make_workload: Callable[..., Workload], stage: str, changes: dict[str, dict[str, object]]
) -> None:
    before, after = seconds(make_workload())[stage], seconds(make_workload(**changes))[stage]
    assert before is not None and after is not None and after > 1.2 * before


def test_a_second_phase_takes_longer(make_workload: Callable[..., Workload]) -> None:
    fine = make_workload().params.train.fine_tune.model_copy(update={"epochs": 1})
    before, after = (seconds(make_workload(train=t))["train"] for t in ({}, {"fine_tune": fine}))
    assert before is not None and after is not None
    assert after - before == pytest.approx(7010 / 44.1)


def test_what_was_never_measured_is_not_known(make_workload: Callable[..., Workload]) -> None:
    assert seconds(make_workload(fetch={"source": "isic"}))["fetch"] is None
    assert seconds(make_workload(model={"arch": "convnext_tiny"}))["embed"] is None
    cut = seconds(make_workload(size={"cut": 3, "shape": (56, 56, 24)}))
    assert cut["embed"] is None and cut["train"] is None


def test_where_nothing_is_frozen_nothing_is_embedded(
    make_workload: Callable[..., Workload],
) -> None:
    found = seconds(make_workload(size={"cut": "input", "shape": ()}))
    assert found["embed"] == 6
    assert found["train"] == pytest.approx(8 + 20 * 7010 / 44.1)
