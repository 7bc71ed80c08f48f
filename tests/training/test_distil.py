"""One network learns from what members predict."""

from pathlib import Path

import numpy as np
import pytest

from lesion_pipeline.features.store import EmbeddingStore
from lesion_pipeline.inference.out_of_fold import out_of_fold
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.training.checkpoint import Checkpoint
from lesion_pipeline.training.distil import distil, targets
from lesion_pipeline.training.members import train_members
from tests.training.runs import small_plan

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("without_xla")]


def test_targets_are_between_the_teacher_and_the_labels(
    records: Records, small_embeddings: EmbeddingStore, tmp_path: Path
) -> None:
    """The teacher predicts each image of train, and nothing of val, by a member new to it."""
    plan = small_plan(
        records, small_embeddings, folds=2, epochs=1, teacher="self", teacher_weight=0.25
    )
    teacher, _ = train_members(plan, tmp_path / "logs", Checkpoint(tmp_path / "unfinished/state"))
    rows, outputs = out_of_fold(teacher, records, small_embeddings, 1, 2)
    assert rows["image_id"].tolist() == records.index("train")["image_id"].tolist()
    found = targets(plan, teacher)
    certain = plan.objective.certain(rows["dx"])
    np.testing.assert_allclose(found, 0.25 * outputs + 0.75 * certain, atol=1e-6)
    np.testing.assert_allclose(found.sum(axis=1), 1)


def test_the_student_is_one_network_scored_on_val(
    records: Records, small_embeddings: EmbeddingStore, tmp_path: Path
) -> None:
    plan = small_plan(
        records, small_embeddings, folds=2, epochs=1, teacher="self", balance="sampling"
    )
    checkpoint = Checkpoint(tmp_path / "unfinished/state")
    network, history = distil(plan, tmp_path / "logs", checkpoint)
    teacher = network.manifest.teacher
    assert teacher is not None and (teacher.weight, len(teacher.members.members)) == (0.5, 2)
    assert network.manifest.members is None and network.folds is None
    assert network.model.get_layer("head") is not None and len(history) == 1
    again, _ = distil(plan, tmp_path / "logs", checkpoint)  # all of it is in the checkpoint
    for one, other in zip(network.model.get_weights(), again.model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
