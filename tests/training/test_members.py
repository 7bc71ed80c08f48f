"""Members trained on folds and with seeds, and the network that averages them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lesion_pipeline.features.store import EmbeddingStore
from lesion_pipeline.inference.predict import predict
from lesion_pipeline.networks.members import member_layers
from lesion_pipeline.networks.network import TrainedNetwork
from lesion_pipeline.networks.params import Cut
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.statistics.metrics import ranking_metrics
from lesion_pipeline.training import members as members_module
from lesion_pipeline.training.checkpoint import Checkpoint
from lesion_pipeline.training.members import member_plans, train_members
from lesion_pipeline.training.plan import Plan
from lesion_pipeline.training.single import train_one
from tests import tiny
from tests.training.runs import PlugPulledError, small_plan

pytestmark = pytest.mark.usefixtures("without_xla")
FOLDS = {"folds": 2, "seeds": 2, "epochs": 2, "target": "binary"}


@dataclass(frozen=True)
class Trained:
    plan: Plan
    network: TrainedNetwork
    history: pd.DataFrame
    tables: dict[str, pd.DataFrame]


def trained(plan: Plan, folder: Path, checkpoint: Checkpoint | None = None) -> Trained:
    """Train, save, load, and predict."""
    kept = checkpoint or Checkpoint(folder / "unfinished/state")
    network, history = train_members(plan, folder / "logs", kept)
    (folder / "model").mkdir(parents=True)
    network.save(folder / "model")
    loaded = TrainedNetwork.load(folder / "model")
    return Trained(plan, loaded, history, predict(loaded, plan.records, plan.embeddings, 1, 2))


@pytest.fixture(scope="module")
def crossed(
    without_xla: None,
    records: Records,
    small_embeddings: EmbeddingStore,
    tmp_path_factory: pytest.TempPathFactory,
) -> Trained:
    """Two folds of two seeds."""
    plan = small_plan(records, small_embeddings, **FOLDS)
    return trained(plan, tmp_path_factory.mktemp("crossed"))


def test_no_lesion_is_trained_on_and_scored(
    records: Records, small_embeddings: EmbeddingStore
) -> None:
    turns, folds = member_plans(small_plan(records, small_embeddings, folds=3, seeds=2, seed=5))
    assert [(turn.fold, turn.plan.params.seed) for turn in turns] == [
        (1, 5), (1, 6), (2, 5), (2, 6), (3, 5), (3, 6),
    ]  # fmt: skip
    assert folds is not None
    every = records.rows(["train", "val"])
    assert folds["image_id"].tolist() == every["image_id"].tolist()
    for turn in turns:
        division = turn.plan.division
        assert not set(division.trained["lesion_id"]) & set(division.held_out["lesion_id"])
        assert len(division.trained) + len(division.held_out) == len(every)
        here = folds.loc[folds["fold"] == turn.fold, "image_id"]
        assert sorted(division.held_out["image_id"]) == sorted(here)
    weights = {turn.plan.objective.class_weights.tobytes() for turn in turns}
    assert len(weights) == 1  # one correction for all members


def test_seeds_alone_are_scored_on_val(records: Records, small_embeddings: EmbeddingStore) -> None:
    turns, folds = member_plans(small_plan(records, small_embeddings, seeds=2))
    assert folds is None and [turn.fold for turn in turns] == [0, 0]
    for turn in turns:
        held_out = turn.plan.division.held_out["image_id"].tolist()
        assert held_out == records.index("val")["image_id"].tolist()


@pytest.mark.slow
def test_each_image_is_predicted_by_the_members_that_never_saw_it(crossed: Trained) -> None:
    """Each member's scores are those of its own predictions in the table."""
    network, val = crossed.network, crossed.tables["val"]
    every = crossed.plan.records.rows(["train", "val"])
    assert val["image_id"].tolist() == every["image_id"].tolist()
    assert network.folds is not None
    assert val["fold"].tolist() == network.folds["fold"].tolist()
    turns, _ = member_plans(crossed.plan)
    outputs = np.zeros((len(val), 2))
    for place, turn in enumerate(turns):
        member = member_layers(network.model)[place]
        held_out = turn.plan.division.held_out
        vectors = np.stack(
            [
                crossed.plan.embeddings.load(split)[row].astype(np.float32)
                for split, row in zip(held_out["split"], held_out["row"], strict=True)
            ]
        )
        mine = val["image_id"].isin(held_out["image_id"]).to_numpy()
        outputs[mine, place % 2] = found = member(vectors).numpy()[:, 0]
        facts = network.manifest.members
        assert facts is not None and (facts.folds, facts.seeds) == (2, 2)
        scores = ranking_metrics(held_out["label"].to_numpy(), found.astype(np.float64))
        best = facts.members[place].best
        assert best.val_pr_auc == pytest.approx(scores["pr_auc"], abs=1e-6)
        assert best.val_roc_auc == pytest.approx(scores["roc_auc"], abs=1e-6)
    np.testing.assert_allclose(val["probability"], outputs.mean(axis=1), atol=2e-6)


@pytest.mark.slow
def test_the_exported_network_is_the_mean_of_all_members(crossed: Trained) -> None:
    records, network = crossed.plan.records, crossed.network
    for name, split in (("test", "test"), ("whole_val", "val")):
        images = np.stack(list(records.images(split).as_numpy_iterator()))
        vectors = crossed.plan.embeddings.load(split)
        mean = np.mean([m(np.array(vectors)).numpy() for m in member_layers(network.model)], axis=0)
        np.testing.assert_allclose(network.model(images).numpy(), mean, atol=1e-5)
        np.testing.assert_allclose(crossed.tables[name]["probability"], mean[:, 0], atol=2e-6)
    assert network.manifest.total_parameters == network.model.count_params()
    assert list(crossed.history["member"].unique()) == [1, 2, 3, 4]


@pytest.mark.slow
def test_a_member_does_not_depend_on_those_before_it(crossed: Trained, tmp_path: Path) -> None:
    turns, _ = member_plans(crossed.plan)
    alone, _ = train_one(turns[3].plan, tmp_path / "logs", Checkpoint(tmp_path / "unfinished/one"))
    head = alone.model.get_layer("head").get_weights()
    for one, other in zip(member_layers(crossed.network.model)[3].get_weights(), head, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.slow
def test_members_that_were_finished_are_not_trained_again(
    crossed: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    def pulled(plan: Plan, logs: Path, checkpoint: Checkpoint) -> Any:
        if checkpoint.folder.name == "member-3":
            raise PlugPulledError
        return train_one(plan, logs, checkpoint)

    kept = Checkpoint(tmp_path / "unfinished/state")
    with monkeypatch.context() as patch:
        patch.setattr(members_module, "train_one", pulled)
        with pytest.raises(PlugPulledError):
            trained(crossed.plan, tmp_path / "broken", kept)
    capsys.readouterr()
    again = trained(crossed.plan, tmp_path / "resumed", kept)
    assert capsys.readouterr().out.count("head 1/2") == 2  # members 3 and 4
    pd.testing.assert_frame_equal(again.history, crossed.history, check_exact=True)
    weights = (each.network.model.get_weights() for each in (again, crossed))
    for one, other in zip(*weights, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.slow
@pytest.mark.parametrize(("cut", "tuned"), [(2, False), ("input", False), ("top", True)], ids=str)
def test_members_with_layers_of_their_own(
    records: Records, tmp_path: Path, cut: Cut, tuned: bool
) -> None:
    """Each starts from the backbone as it was, and the whole is their mean."""
    backbone = tiny.make_small_backbone()
    embeddings = tiny.make_embeddings(backbone, records, tmp_path / "embeddings", cut)
    tune = tiny.TRAIN.fine_tune.model_copy(update={"epochs": int(tuned), "learning_rate": 3e-3})
    before = backbone.model.get_weights()
    slow = {"learning_rate": 1e-7} if tuned else {}
    plan = tiny.make_plan(
        backbone, records, embeddings, folds=2, epochs=1, fine_tune=tune, target="binary", **slow
    )
    done = trained(plan, tmp_path / "done")
    for one, other in zip(before, backbone.model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    images = np.stack(list(records.images("test").as_numpy_iterator()))
    whole = done.network.model(images).numpy()[:, 0]
    np.testing.assert_allclose(done.tables["test"]["probability"], whole, atol=1e-5)
    assert len(done.tables["val"]) == 36 and len(member_layers(done.network.model)) == 2
    four = predict(done.network, records, embeddings, 4, 2)
    assert len(four["val"]) == 36
    assert (four["val"]["probability"] - done.tables["val"]["probability"]).abs().max() > 0
