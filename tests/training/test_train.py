"""Which training the parameters ask for."""

from pathlib import Path

import pytest

from lesion_pipeline.features.store import EmbeddingStore
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.training.checkpoint import Checkpoint
from lesion_pipeline.training.train import train
from tests.training.runs import small_plan

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("without_xla")]


@pytest.mark.parametrize(
    ("changes", "members", "taught"),
    [
        ({}, 0, False),
        ({"seeds": 2}, 2, False),
        ({"folds": 2}, 2, False),
        ({"folds": 2, "teacher": "self"}, 0, True),
    ],
    ids=str,
)
def test_parameters_choose_the_training(
    records: Records, small_embeddings: EmbeddingStore, tmp_path: Path,
    changes: dict[str, object], members: int, taught: bool,
) -> None:  # fmt: skip
    plan = small_plan(records, small_embeddings, epochs=1, **changes)
    network, history = train(plan, tmp_path / "logs", Checkpoint(tmp_path / "unfinished/state"))
    facts = network.manifest
    assert len(facts.members.members if facts.members else ()) == members
    assert (facts.teacher is not None) == taught
    assert ("member" in history) == bool(members)
