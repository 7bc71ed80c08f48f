import json

import numpy as np
import pytest

from lesion_pipeline.core.errors import ModelError
from lesion_pipeline.core.labels import DIAGNOSES, MALIGNANT
from lesion_pipeline.networks.outputs import Target
from lesion_pipeline.tf.load import keras
from lesion_pipeline.training.best import START, BestCheckpoint, score
from lesion_pipeline.training.objective import Objective

DX = list(DIAGNOSES)


def network() -> keras.Model:
    image = keras.Input((1,))
    return keras.Model(image, keras.layers.Dense(1, activation="sigmoid", name="dense")(image))


def scores(pr_auc: float, **others: float) -> dict[str, float]:
    return {"val_roc_auc": 0.5, "val_pr_auc": pr_auc, **others}


def objective(target: Target = "diagnosis", malignant: tuple[str, ...] = MALIGNANT) -> Objective:
    """One that weighs all classes the same."""
    weights = np.ones(2 if target == "binary" else 7, np.float32)
    return Objective(target, malignant, weights, label_smoothing=0.1)


def state(model: keras.Model) -> float:
    return float(model.get_layer("dense").bias.numpy()[0])


def test_the_first_of_the_best_is_kept_over_all_phases() -> None:
    model = network()
    best = BestCheckpoint(model)
    epochs = [("head", 0.3), ("head", 0.7), ("head", 0.5), ("fine_tune", 0.7), ("fine_tune", 0.6)]
    for number, (phase, value) in enumerate(epochs, start=1):
        model.get_layer("dense").bias.assign([float(number)])
        best.update(phase, scores(value, loss=1.0))
    model.set_weights(best.weights)
    assert state(model) == 2
    assert best.epoch.model_dump() == {"epoch": 2, "phase": "head", **scores(0.7)}
    assert [row["epoch"] for row in best.history] == [1, 2, 3, 4, 5]


def test_without_an_epoch_the_start_is_kept() -> None:
    model = network()
    best = BestCheckpoint(model)
    assert best.epoch == START
    start = state(model)
    model.get_layer("dense").bias.assign([9.0])
    model.set_weights(best.weights)
    assert state(model) == start


def test_epochs_are_counted_from_the_best_of_the_phase() -> None:
    best = BestCheckpoint(network())
    assert best.epochs_since_best("head") == 0
    for value in (0.5, 0.9, 0.9, 0.8):
        best.update("head", scores(value))
    assert best.epochs_since_best("head") == 2
    assert best.epochs_since_best("fine_tune") == 0
    best.update("fine_tune", scores(0.6))
    assert best.epochs_since_best("fine_tune") == 0
    best.update("fine_tune", scores(0.5))
    assert best.epochs_since_best("fine_tune") == 1


def test_the_record_is_restored() -> None:
    before, after = BestCheckpoint(network()), BestCheckpoint(network())
    for value in (0.5, 0.9, 0.8):
        before.update("head", scores(value))
    after.restore(json.loads(json.dumps(before.record())), before.weights)
    for best in (before, after):
        best.update("head", scores(0.9))  # no better: an equal one
    assert (after.history, after.epoch) == (before.history, before.epoch)
    assert after.epoch.epoch == 2
    for one, other in zip(after.weights, before.weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_malignancy_is_what_is_scored() -> None:
    labels = np.array([0, 1, 0, 1])
    outputs = np.array([[0.1], [0.4], [0.35], [0.8]], np.float32)
    assert score("head", labels, outputs, objective("binary")) == {
        "val_roc_auc": 1.0,
        "val_pr_auc": 1.0,
        "val_log_loss": pytest.approx(-np.log([0.9, 0.4, 0.65, 0.8]).mean()),
    }
    seven = np.full((4, 7), 0.05, np.float32)
    seven[:, DX.index("akiec")] = [0.4, 0.3, 0.2, 0.1]  # the wrong way round
    seven[:, DX.index("mel")] = [0.0, 0.2, 0.4, 0.6]  # summed: .45, .55, .65, .75
    seven[:, DX.index("nv")] = [0.4, 0.3, 0.2, 0.1]
    assert score("head", labels, seven, objective())["val_roc_auc"] == 0.75
    assert score("head", labels, seven, objective(malignant=("akiec",)))["val_roc_auc"] == 0.25


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_training_that_diverged_is_refused(value: float) -> None:
    outputs = np.array([[0.1], [0.2], [value], [0.3]], np.float32)
    with pytest.raises(ModelError, match="diverged in phase head: lower its learning rate"):
        score("head", np.array([0, 1, 0, 1]), outputs, objective("binary"))
