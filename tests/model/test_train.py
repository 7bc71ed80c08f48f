import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lesion_pipeline.data.tfrecords import Records
from lesion_pipeline.model.batches import FeatureBatches, image_batches, weigh
from lesion_pipeline.model.embed import embed
from lesion_pipeline.model.embeddings import Embeddings
from lesion_pipeline.model.network import Network
from lesion_pipeline.model.predict import predict_splits
from lesion_pipeline.model.train import (
    FineTuneParams,
    Sources,
    TrainParams,
    positive_weight,
    train,
)
from lesion_pipeline.score.metrics import ranking_metrics
from tests import tiny

TUNED = tiny.TRAIN.model_copy(
    update={"fine_tune": FineTuneParams(epochs=2, layers=12, learning_rate=1e-3)}
)


@dataclass(frozen=True)
class Run:
    before: list[Any]
    sources: Sources
    network: Network
    history: pd.DataFrame
    params: TrainParams


def run(sources: Sources, params: TrainParams, folder: Path) -> Run:
    before = [weight.numpy() for weight in sources.backbone.model.weights]
    network, history = train(sources, params, folder / "logs")
    return Run(before, sources, network, history, params)


@pytest.fixture(scope="module")
def head_only(
    records: Records, embeddings: Embeddings, tmp_path_factory: pytest.TempPathFactory
) -> Run:
    sources = Sources(tiny.make_backbone("efficientnet_lite0"), embeddings, records)
    return run(sources, tiny.TRAIN, tmp_path_factory.mktemp("head"))


@pytest.fixture(scope="module")
def tuned(
    records: Records, embeddings: Embeddings, tmp_path_factory: pytest.TempPathFactory
) -> Run:
    sources = Sources(tiny.make_backbone("efficientnet_lite0"), embeddings, records)
    return run(sources, TUNED, tmp_path_factory.mktemp("tuned"))


def test_positive_weight_is_benign_over_malignant() -> None:
    labels = np.array([0, 0, 0, 0, 0, 1, 1])
    assert positive_weight(labels, tiny.TRAIN) == 5 / 2
    assert positive_weight(labels, tiny.TRAIN.model_copy(update={"positive_weight": 3.0})) == 3
    np.testing.assert_array_equal(weigh(np.array([0, 1]), 2.5), [1, 2.5])


def test_an_epoch_has_each_image_once_in_some_view(
    embeddings: Embeddings, records: Records
) -> None:
    labels = records.labels("train")
    batches = FeatureBatches(embeddings, labels, 2.0, 7, seed=1)
    epochs = []
    for _ in range(2):
        parts = [batches[number] for number in range(len(batches))]
        assert [len(part[0]) for part in parts] == [7, 7, 7, 3]
        epochs.append(np.concatenate([part[0] for part in parts]))
        batches.on_epoch_end()
    views = np.stack([embeddings.load("train", view) for view in range(3)]).astype(np.float32)
    for epoch in epochs:
        found = [tuple(np.argwhere((views == row).all(axis=2))[0]) for row in epoch]
        assert sorted(image for _, image in found) == list(range(24))
        assert len({view for view, _ in found}) == 3
    assert (epochs[0] != epochs[1]).any()


@pytest.mark.slow
def test_image_batches_keep_images_and_labels_together(records: Records) -> None:
    still = tiny.AUGMENT.model_copy(
        update={"flips": False, "rotation_degrees": 0.0, "zoom": 0.0, "brightness": 0.0,
                "contrast": 0.0}
    )  # fmt: skip
    labels = records.labels("train")
    known = {image.tobytes(): label for image, label in zip(
        records.images("train").as_numpy_iterator(), labels, strict=True)}  # fmt: skip
    epochs = [[], []]
    batches = list(image_batches(records, 2.0, 10, 2, still, seed=1).as_numpy_iterator())
    assert [len(batch[0]) for batch in batches] == [10, 10, 4] * 2
    for number, (images, truth, weights) in enumerate(batches):
        for image, label, weight in zip(images, truth[:, 0], weights, strict=True):
            assert known[image.tobytes()] == label
            assert weight == (2 if label else 1)
            epochs[number // 3].append(image.tobytes())
    assert sorted(epochs[0]) == sorted(epochs[1]) == sorted(known)
    assert epochs[0] != epochs[1]


@pytest.mark.slow
def test_the_kept_state_is_the_best_on_val_of_all_phases(head_only: Run, tuned: Run) -> None:
    for run in (head_only, tuned):
        predictions = predict_splits(run.network, run.sources.records, run.sources.embeddings)
        val = predictions["val"]
        scores = ranking_metrics(val["label"].to_numpy(), val["probability"].to_numpy())
        assert scores["pr_auc"] == pytest.approx(run.history["val_pr_auc"].max(), abs=1e-9)
        best = run.network.manifest["best"]
        row = run.history.loc[run.history["epoch"] == best["epoch"]].iloc[0]
        assert (row["phase"], row["val_pr_auc"]) == (best["phase"], best["val_pr_auc"])


@pytest.mark.slow
def test_both_phases_stand_in_one_history(tuned: Run) -> None:
    assert tuned.history["epoch"].tolist() == list(range(1, len(tuned.history) + 1))
    assert tuned.history["phase"].tolist()[-2:] == ["fine_tune", "fine_tune"]
    assert set(tuned.history["phase"]) == {"head", "fine_tune"}
    assert not tuned.history.isna().any().any()


@pytest.mark.slow
def test_only_the_last_layers_are_tuned(tuned: Run) -> None:
    backbone = tuned.sources.backbone.model
    counted = tuned.network.manifest["trainable_parameters"]["fine_tune"]
    last = {w.path for layer in backbone.layers[-12:] for w in layer.weights}
    for before, weight in zip(tuned.before, backbone.weights, strict=True):
        if weight.path not in last:
            np.testing.assert_array_equal(before, weight.numpy())
    layers = [w for layer in backbone.layers[-12:] for w in layer.trainable_weights]
    head = tuned.network.model.get_layer("head").trainable_weights
    assert counted == sum(int(np.prod(w.shape)) for w in [*layers, *head])
    assert counted > tuned.network.manifest["trainable_parameters"]["head"]


@pytest.mark.slow
def test_a_head_only_run_leaves_the_backbone_alone(head_only: Run) -> None:
    for before, weight in zip(
        head_only.before, head_only.sources.backbone.model.weights, strict=True
    ):
        np.testing.assert_array_equal(before, weight.numpy())


@pytest.mark.slow
def test_head_on_embeddings_says_what_the_whole_network_says(head_only: Run) -> None:
    if head_only.network.manifest["best"]["phase"] != "head":
        raise AssertionError("the fixture trains only the head")
    records = head_only.sources.records
    short = predict_splits(head_only.network, records, head_only.sources.embeddings)
    whole = Network(
        head_only.network.model,
        head_only.network.manifest | {"best": {"phase": "fine_tune", "epoch": 1}},
    )
    long = predict_splits(whole, records, head_only.sources.embeddings)
    for split in ("val", "test"):
        np.testing.assert_allclose(
            short[split]["probability"], long[split]["probability"], atol=1e-5
        )


@pytest.mark.slow
def test_class_weights_do_not_shift_the_mean_probability(
    records: Records, embeddings: Embeddings, tmp_path: Path
) -> None:
    """A head that learns nothing but the prevalence must say the prevalence."""
    params = tiny.TRAIN.model_copy(
        update={"head": tiny.TRAIN.head.model_copy(update={"units": (), "dropout": (0.9,)}),
                "epochs": 1,
                "learning_rate": 1e-9}
    )  # fmt: skip
    sources = Sources(tiny.make_backbone("efficientnet_lite0"), embeddings, records)
    weighted = run(sources, params.model_copy(update={"positive_weight": 4.0}), tmp_path).network
    plain = run(sources, params.model_copy(update={"positive_weight": 1.0}), tmp_path).network
    bias = [
        n.model.get_layer("head").get_layer("probability").bias.numpy() for n in (weighted, plain)
    ]
    np.testing.assert_allclose(bias[0] - bias[1], -np.log(4), atol=1e-5)


@pytest.mark.slow
def test_two_trainings_give_the_same_network(head_only: Run, tmp_path: Path) -> None:
    sources = Sources(
        tiny.make_backbone("efficientnet_lite0"),
        head_only.sources.embeddings,
        head_only.sources.records,
    )
    again = run(sources, tiny.TRAIN, tmp_path)
    pd.testing.assert_frame_equal(again.history, head_only.history, check_exact=True)
    weights = (head_only.network.model.get_weights(), again.network.model.get_weights())
    for one, other in zip(*weights, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.slow
def test_simple_cnn_is_trained_whole_and_learns(
    records: Records, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    backbone = tiny.make_backbone("simple_cnn")
    (tmp_path / "embeddings").mkdir()
    embed(backbone, records, tmp_path / "embeddings", tiny.EMBED, workers=2)
    sources = Sources(backbone, Embeddings(tmp_path / "embeddings"), records)
    whole = run(sources, tiny.TRAIN.model_copy(update={"epochs": 4}), tmp_path)
    assert set(whole.history["phase"]) == {"whole"}
    assert whole.history["val_roc_auc"].max() > 0.9  # dark against bright squares
    changed = [
        (before != weight.numpy()).any()
        for before, weight in zip(whole.before, backbone.model.weights, strict=True)
    ]
    assert all(changed)
    assert re.search(r"Epoch 1/4", capfd.readouterr().out)


@pytest.mark.slow
def test_training_learns_what_can_be_learnt(head_only: Run) -> None:
    assert head_only.history["val_roc_auc"].max() > 0.9
