import numpy as np
import pytest

from lesion_pipeline.core.errors import ModelError
from lesion_pipeline.core.labels import DIAGNOSES, MALIGNANT
from lesion_pipeline.tf import keras
from lesion_pipeline.training.best import Best, score

DX = list(DIAGNOSES)


def network() -> keras.Model:
    image = keras.Input((1,))
    return keras.Model(image, keras.layers.Dense(1, activation="sigmoid", name="dense")(image))


def state(model: keras.Model) -> float:
    return float(model.get_layer("dense").bias.numpy()[0])


def test_the_first_of_the_best_is_kept_over_all_phases() -> None:
    model = network()
    best = Best(model)
    epochs = [("head", 0.3), ("head", 0.7), ("head", 0.5), ("fine_tune", 0.7), ("fine_tune", 0.6)]
    for number, (phase, value) in enumerate(epochs, start=1):
        model.get_layer("dense").bias.assign([float(number)])
        best.see(phase, {"loss": 1.0, "val_pr_auc": value})
    model.set_weights(best.weights)
    assert state(model) == 2
    assert best.facts == {"epoch": 2, "phase": "head", "val_pr_auc": 0.7}
    assert [row["epoch"] for row in best.history] == [1, 2, 3, 4, 5]


def test_without_an_epoch_the_start_is_kept() -> None:
    model = network()
    best = Best(model)
    start = state(model)
    model.get_layer("dense").bias.assign([9.0])
    model.set_weights(best.weights)
    assert state(model) == start


def test_a_phase_waits_since_its_own_best() -> None:
    best = Best(network())
    assert best.waited("head") == 0
    for value in (0.5, 0.9, 0.9, 0.8):
        best.see("head", {"val_pr_auc": value})
    assert best.waited("head") == 2
    assert best.waited("fine_tune") == 0
    best.see("fine_tune", {"val_pr_auc": 0.6})
    assert best.waited("fine_tune") == 0
    best.see("fine_tune", {"val_pr_auc": 0.5})
    assert best.waited("fine_tune") == 1


def test_what_was_seen_is_handed_on() -> None:
    before, after = Best(network()), Best(network())
    for value in (0.5, 0.9, 0.8):
        before.see("head", {"val_pr_auc": value})
    after.restore(before.facts_kept(), before.weights)
    for best in (before, after):
        best.see("head", {"val_pr_auc": 0.9})  # no better: an equal one
    assert (after.history, after.facts) == (before.history, before.facts)
    assert after.facts["epoch"] == 2
    for one, other in zip(after.weights, before.weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_malignancy_is_what_is_scored() -> None:
    labels = np.array([0, 1, 0, 1])
    said = np.array([[0.1], [0.4], [0.35], [0.8]])
    assert score("head", labels, said, MALIGNANT) == {"val_roc_auc": 1.0, "val_pr_auc": 1.0}
    seven = np.full((4, 7), 0.1)
    seven[:, DX.index("akiec")] = [0.4, 0.3, 0.2, 0.1]  # the wrong way round
    seven[:, DX.index("mel")] = [0.0, 0.2, 0.4, 0.6]  # summed: .4, .5, .6, .7
    seven[:, DX.index("nv")] = [0.9, 0.1, 0.9, 0.1]  # no matter
    assert score("head", labels, seven, MALIGNANT)["val_roc_auc"] == 0.75
    assert score("head", labels, seven, ("akiec",))["val_roc_auc"] == 0.25


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_training_that_diverged_says_so(value: float) -> None:
    said = np.array([[0.1], [0.2], [value], [0.3]])
    with pytest.raises(ModelError, match="diverged in phase head: lower its learning rate"):
        score("head", np.array([0, 1, 0, 1]), said, MALIGNANT)
