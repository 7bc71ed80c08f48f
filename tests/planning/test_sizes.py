"""Disk by formula, against files that were measured."""

from collections.abc import Callable

import pytest

from lesion_pipeline.planning.sizes import disk_bytes, unfinished_bytes
from lesion_pipeline.planning.workload import Workload


def test_the_complete_collection(make_workload: Callable[..., Workload]) -> None:
    """What a run of HAM10000 with the default parameters took on the disk."""
    found = disk_bytes(make_workload(), 167_486_353)
    measured = {
        "fetch": 167_486_353, "preprocess": 1_509_240_094, "backbone": 14_204_963,
        "embed": 507_178_364, "train": 27_561_602, "export": 54_223_137,
    }  # fmt: skip
    for stage, size in measured.items():
        assert found[stage] == pytest.approx(size, rel=0.05), stage


@pytest.mark.parametrize(("encoding", "fraction"), [("png", 0.47), ("jpeg", 0.11)])
def test_encoded_records_are_smaller(
    make_workload: Callable[..., Workload], encoding: str, fraction: float
) -> None:
    raw = disk_bytes(make_workload(), 0)["preprocess"]
    found = disk_bytes(make_workload(preprocess={"encoding": encoding}), 0)["preprocess"]
    assert found == pytest.approx(raw * fraction, rel=0.02)


def test_records_that_are_known_are_taken(make_workload: Callable[..., Workload]) -> None:
    assert disk_bytes(make_workload(), 0, records=7)["preprocess"] == 7


def test_a_download_is_kept_beside_the_images(make_workload: Callable[..., Workload]) -> None:
    assert disk_bytes(make_workload(fetch={"source": "isic"}), 100)["fetch"] == 200


def test_members_add_what_is_trained(make_workload: Callable[..., Workload]) -> None:
    one, five = (disk_bytes(make_workload(train={"folds": n}), 0)["train"] for n in (1, 5))
    assert five - one == 4 * 4 * 3_322_000
    assert unfinished_bytes(make_workload()) == 5 * 4 * 3_322_000
