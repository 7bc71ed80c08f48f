"""What comes out of a training: the best state, probabilities, facts and the history."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lesion_pipeline.core.labels import DIAGNOSES, MALIGNANT, malignancy
from lesion_pipeline.features.cut import frozen_maps
from lesion_pipeline.features.store import EmbeddingStore
from lesion_pipeline.inference.predict import predict
from lesion_pipeline.networks.network import Network, TrainedNetwork
from lesion_pipeline.networks.outputs import Target
from lesion_pipeline.networks.params import Cut
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.statistics.metrics import ranking_metrics
from tests import tiny
from tests.training.runs import TUNE, Run, run, small_plan

pytestmark = pytest.mark.usefixtures("without_xla")
SHORT = TUNE.model_copy(update={"epochs": 2, "learning_rate": 3e-3})
WITHOUT_HIDDEN = tiny.TRAIN.head.model_copy(update={"units": (), "dropout": (0.0,)})


def val_of(run: Run, network: TrainedNetwork | None = None) -> pd.DataFrame:
    plan = run.plan
    return predict(network or run.network, plan.records, plan.embeddings, 1, workers=2)["val"]


def scores_of(run: Run, network: TrainedNetwork | None = None) -> dict[str, float]:
    val = val_of(run, network)
    return ranking_metrics(val["label"].to_numpy(), val["probability"].to_numpy())


@pytest.fixture(scope="module")
def head_only(
    without_xla: None,
    records: Records,
    small_embeddings: EmbeddingStore,
    tmp_path_factory: pytest.TempPathFactory,
) -> Run:
    return run(small_plan(records, small_embeddings), tmp_path_factory.mktemp("head"))


@pytest.fixture(scope="module")
def tuned(
    without_xla: None,
    records: Records,
    small_embeddings: EmbeddingStore,
    tmp_path_factory: pytest.TempPathFactory,
) -> Run:
    """A head that learns next to nothing, so that the second phase makes the best network."""
    plan = small_plan(
        records, small_embeddings, target="binary", learning_rate=1e-7, averaging=0.5,
        fine_tune=SHORT,
    )  # fmt: skip
    return run(plan, tmp_path_factory.mktemp("tuned"))


@pytest.mark.slow
def test_the_kept_state_is_the_best_on_val_of_all_phases(head_only: Run, tuned: Run) -> None:
    for one in (head_only, tuned):
        assert scores_of(one)["pr_auc"] == pytest.approx(one.history["val_pr_auc"].max(), abs=1e-9)
        best = one.network.manifest.best
        row = one.history.loc[one.history["epoch"] == best.epoch].iloc[0]
        assert (row["phase"], row["val_pr_auc"]) == (best.phase, best.val_pr_auc)


@pytest.mark.slow
def test_a_phase_that_spoils_the_network_is_undone(
    records: Records, small_embeddings: EmbeddingStore, tmp_path: Path
) -> None:
    tune = SHORT.model_copy(update={"learning_rate": 0.3})
    done = run(small_plan(records, small_embeddings, target="binary", fine_tune=tune), tmp_path)
    last, best = done.history.iloc[-1], done.network.manifest.best
    assert (last["phase"], best.phase) == ("fine_tune", "head")
    assert last["val_pr_auc"] < 0.9 < best.val_pr_auc
    other = best.model_copy(update={"phase": "fine_tune"})
    manifest = done.network.manifest.model_copy(update={"best": other})
    whole = TrainedNetwork(done.network.model, manifest)
    for network in (done.network, whole):  # the head on stored features, and all of it
        found = scores_of(done, network)
        assert found["pr_auc"] == pytest.approx(best.val_pr_auc, abs=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("phase", ["head", "fine_tune"])
@pytest.mark.parametrize("target", ["binary", "diagnosis"])
def test_training_scores_what_evaluation_will_score(
    records: Records, small_embeddings: EmbeddingStore, tmp_path: Path, target: Target, phase: str
) -> None:
    """A network that hardly learns ranks so badly that a shift of its outputs shows."""
    slow = {"learning_rate": 1e-7, "epochs": 1}
    tune = SHORT.model_copy(update=slow if phase == "fine_tune" else {"epochs": 0})
    plan = small_plan(
        records, small_embeddings, target=target, **slow, head=WITHOUT_HIDDEN,
        class_weight_power=4.0, fine_tune=tune, seed=7,
    )  # fmt: skip
    done = run(plan, tmp_path)
    kept = done.history.loc[done.history["epoch"] == done.network.manifest.best.epoch].iloc[0]
    found = scores_of(done)
    assert kept["val_pr_auc"] == pytest.approx(found["pr_auc"], abs=1e-9)
    assert kept["val_roc_auc"] == pytest.approx(found["roc_auc"], abs=1e-9)
    if target == "diagnosis":
        val = val_of(done)
        shifted = val[list(DIAGNOSES)].to_numpy() * plan.objective.class_weights
        shifted = malignancy(shifted / shifted.sum(axis=1, keepdims=True), MALIGNANT)
        assert ranking_metrics(val["label"].to_numpy(), shifted)["roc_auc"] != found["roc_auc"]


@pytest.mark.slow
def test_both_phases_stand_in_one_history(tuned: Run) -> None:
    assert tuned.history["epoch"].tolist() == list(range(1, len(tuned.history) + 1))
    assert tuned.history["phase"].tolist()[-2:] == ["fine_tune", "fine_tune"]
    assert set(tuned.history["phase"]) == {"head", "fine_tune"}
    assert list(tuned.history.columns) == [
        "epoch", "phase", "loss", "val_roc_auc", "val_pr_auc", "val_log_loss", "learning_rate",
    ]  # fmt: skip
    assert not tuned.history.isna().any().any()


@pytest.mark.slow
def test_tensorboard_has_a_folder_a_phase(tuned: Run) -> None:
    logs = tuned.folder / "logs"
    assert sorted(path.name for path in logs.iterdir()) == ["fine_tune", "head"]
    assert all(list(path.glob("events.*")) for path in logs.iterdir())


@pytest.mark.slow
def test_the_manifest_has_the_facts_of_the_training(head_only: Run, tuned: Run) -> None:
    facts = head_only.network.manifest
    assert facts.target == "diagnosis" and facts.outputs == tuple(DIAGNOSES)
    assert (facts.cut, facts.features, facts.malignant) == ("top", "multilevel", tiny.MALIGNANT)
    assert list(facts.trainable_parameters) == ["head"]
    assert facts.total_parameters == head_only.network.model.count_params()
    assert facts.epochs == len(head_only.history)
    weights, correction = facts.class_weights, head_only.plan.objective.correction
    assert facts.label_smoothing == correction.label_smoothing > 0
    np.testing.assert_allclose(list(weights.values()), correction.weights, rtol=1e-5)
    assert list(weights) == list(DIAGNOSES) and weights["akiec"] > weights["mel"] > weights["nv"]
    backbone = head_only.plan.backbone.manifest
    assert {name: getattr(facts, name) for name in type(backbone).model_fields} == dict(backbone)
    facts = tuned.network.manifest
    assert (facts.target, facts.outputs) == ("binary", ("malignant",))
    assert list(facts.class_weights) == ["benign", "malignant"]
    assert facts.class_weights["malignant"] > 1 > facts.class_weights["benign"]


@pytest.mark.slow
def test_only_the_last_layers_are_tuned(tuned: Run) -> None:
    assert tuned.network.manifest.best.phase == "fine_tune"
    backbone = tuned.plan.backbone.model
    trained = tuned.network.manifest.trainable_parameters
    tuned_layers = backbone.layers[-tuned.plan.params.fine_tune.layers :]
    last = {w.path for layer in tuned_layers for w in layer.weights}
    pairs = zip(tuned.before, backbone.weights, strict=True)
    assert {w.path for before, w in pairs if (before != w.numpy()).any()} == last
    layers = [w for layer in tuned_layers for w in layer.trainable_weights]
    head = tuned.network.model.get_layer("head").trainable_weights
    assert trained["fine_tune"] == sum(int(np.prod(w.shape)) for w in [*layers, *head])
    assert trained["fine_tune"] > trained["head"]


@pytest.mark.slow
def test_a_head_only_run_leaves_the_backbone_alone(head_only: Run) -> None:
    weights = head_only.plan.backbone.model.get_weights()
    for before, weight in zip(head_only.before, weights, strict=True):
        np.testing.assert_array_equal(before, weight)


@pytest.mark.slow
@pytest.mark.parametrize("patience", [1, 3])
def test_a_phase_without_progress_ends(
    records: Records, small_embeddings: EmbeddingStore, tmp_path: Path, patience: int
) -> None:
    plan = small_plan(
        records, small_embeddings, head=WITHOUT_HIDDEN, learning_rate=1e-12, patience=patience
    )
    assert len(run(plan, tmp_path).history) == 1 + patience


@pytest.mark.slow
def test_two_trainings_give_the_same_network(head_only: Run, tmp_path: Path) -> None:
    again = run(small_plan(head_only.plan.records, head_only.plan.embeddings), tmp_path)
    pd.testing.assert_frame_equal(again.history, head_only.history, check_exact=True)
    weights = (head_only.network.model.get_weights(), again.network.model.get_weights())
    for one, other in zip(*weights, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "cut", "phase", "target"),
    [
        (partial(tiny.make_backbone, "efficientnet_lite0"), "top", "head", "diagnosis"),
        (tiny.make_small_backbone, 2, "after_cut", "binary"),
        # Without trained weights the cut falls to the input.
        (partial(tiny.make_backbone, "simple_cnn"), "top", "whole", "binary"),
        (tiny.make_small_backbone, "input", "whole", "diagnosis"),
    ],
    ids=["head", "after_cut", "whole", "whole_diagnosis"],
)
def test_training_learns_what_can_be_learnt(
    records: Records,
    tmp_path: Path,
    make: Callable[[], Network],
    cut: Cut,
    phase: str,
    target: Target,
) -> None:
    backbone = make()
    embeddings = tiny.make_embeddings(backbone, records, tmp_path / "embeddings", cut)
    plan = tiny.make_plan(
        backbone, records, embeddings, target=target, learning_rate=3e-3, averaging=0.5
    )
    done = run(plan, tmp_path)
    assert set(done.history["phase"]) == {phase}
    assert done.history["val_roc_auc"].max() > 0.9  # dark against bright squares
    assert done.history["loss"].iloc[-1] < 0.9 * done.history["loss"].iloc[0]
    after = plan.backbone.model.get_weights()
    changed = [(a != b).any() for a, b in zip(done.before, after, strict=True)]
    frozen = 0 if phase == "whole" else len(frozen_maps(plan.backbone, cut, "multilevel").weights)
    assert changed == [False] * frozen + [True] * (len(changed) - frozen)
