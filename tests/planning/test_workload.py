"""Counting a network's parameters without its weights."""

from collections.abc import Callable

import pytest

from lesion_pipeline.planning.workload import PlannedParams, Workload, network_size

IMAGES = {"train": 10, "val": 4, "test": 4}


@pytest.mark.slow
def test_the_default_network(params: PlannedParams) -> None:
    """5 x 10 vectors of train in 2 bytes and 8 in 4; the head: 6,176 to 512 to 256 to 7."""
    size = network_size(params, IMAGES)
    assert (size.cut, size.shape, size.backbone) == ("top", (6176,), 3_413_024)
    dense = 6176 * 512 + 512 + 512 * 256 + 256 + 256 * 7 + 7
    assert size.trained == pytest.approx(dense + 4 * (6176 + 512), rel=0.001)
    assert size.whole == size.backbone + size.trained
    assert size.embeddings == 6176 * (5 * 10 * 2 + 8 * 4) + 7 * 128


@pytest.mark.slow
def test_of_components(params: PlannedParams) -> None:
    """Ten images have no more than nine; beside the vectors stands the map to them."""
    some = params._replace(embed=params.embed.model_copy(update={"components": 64}))
    size = network_size(some, IMAGES)
    dense = 9 * 512 + 512 + 512 * 256 + 256 + 256 * 7 + 7
    assert size.shape == (9,) and size.trained == dense + 4 * 512
    assert size.whole == size.backbone + 6176 * 9 + size.trained
    assert size.embeddings == 9 * (5 * 10 * 2 + 8 * 4) + 6176 * 11 * 4 + 8 * 128


@pytest.mark.slow
def test_after_a_stage(params: PlannedParams) -> None:
    cut = params._replace(embed=params.embed.model_copy(update={"cut": 4, "features": "last"}))
    size = network_size(cut, IMAGES)
    assert size.shape == (28, 28, 40)
    assert size.embeddings == 28 * 28 * 40 * (5 * 10 * 2 + 4 * 4) + 6 * 128
    assert size.trained < size.whole


def test_counts(make_workload: Callable[..., Workload]) -> None:
    work = make_workload(train={"folds": 5, "seeds": 2})
    assert (work.total, work.held_out, work.members) == (10_015, 3_005, 10)
