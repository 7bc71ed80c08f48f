"""What a training depends on."""

import numpy as np

from lesion_pipeline.features.store import EmbeddingStore
from lesion_pipeline.networks.manifest import WeightSource
from lesion_pipeline.networks.network import Network
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.training.plan import Plan
from tests import tiny
from tests.training.runs import tuning_plan


def test_a_training_is_named_by_what_it_depends_on(
    records: Records, small_embeddings: EmbeddingStore
) -> None:
    plan = tuning_plan(records, small_embeddings)
    assert plan.resume_key() == tuning_plan(records, small_embeddings).resume_key()
    weights = WeightSource(requested="file", origin="file", source="sha256 0")
    manifest = plan.backbone.manifest.model_copy(update={"weights": weights})
    backbone = Network(plan.backbone.model, manifest)
    others = [
        tuning_plan(records, small_embeddings, averaging=0.8),
        tuning_plan(records, small_embeddings, target="binary"),
        Plan(backbone, small_embeddings, records, plan.params),
        Plan(plan.backbone, EmbeddingStore(records.folder), records, plan.params),
        Plan(plan.backbone, small_embeddings, Records(small_embeddings.folder), plan.params),
    ]
    assert plan.resume_key() not in {other.resume_key() for other in others}


def test_the_objective_is_that_of_the_training_images(
    records: Records, small_embeddings: EmbeddingStore
) -> None:
    objective = tuning_plan(records, small_embeddings, target="binary").objective
    assert (objective.target, objective.malignant) == ("binary", records.malignant)
    assert objective.label_smoothing == tiny.TRAIN.label_smoothing
    labels = records.labels("train")  # 8 of 24 malignant
    ratio = ((labels == 0).sum() / (labels == 1).sum()) ** tiny.TRAIN.class_weight_power
    np.testing.assert_allclose(objective.class_weights[1] / objective.class_weights[0], ratio)
