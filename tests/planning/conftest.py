"""Sections of params.yaml and the work that they describe."""

from collections.abc import Callable
from typing import Any

import pytest

from lesion_pipeline.core.params import load_params
from lesion_pipeline.planning.workload import NetworkSize, PlannedParams, Workload
from lesion_pipeline.schema import SECTIONS
from tests.code_deps import ROOT

IMAGES = {"train": 7010, "val": 1500, "test": 1505}
SIZE = NetworkSize(
    cut="top", shape=(6176,), fitted=0, backbone=3_413_024, whole=6_735_000, trained=3_322_000,
    embeddings=507_178_000,
)  # fmt: skip


@pytest.fixture(scope="session")
def params() -> PlannedParams:
    path = ROOT / "params.yaml"
    sections = [load_params(name, SECTIONS[name], path) for name in PlannedParams._fields]
    return PlannedParams(*sections)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def make_workload(params: PlannedParams) -> Callable[..., Workload]:
    """Give a function that describes work: make_workload(images, size changes, section=changes)."""

    def make(
        images: dict[str, int] = IMAGES, size: Any = (), **changes: dict[str, Any]
    ) -> Workload:
        sections = {
            name: getattr(params, name).model_copy(update=change)
            for name, change in changes.items()
        }
        network = NetworkSize(**vars(SIZE) | dict(size))
        return Workload(images, params._replace(**sections), network)

    return make
