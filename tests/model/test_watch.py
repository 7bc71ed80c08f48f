import numpy as np
import pytest

from lesion_pipeline.errors import ModelError
from lesion_pipeline.model.watch import Best, Score
from lesion_pipeline.tf import keras


def network() -> keras.Model:
    image = keras.Input((1,))
    return keras.Model(image, keras.layers.Dense(1, activation="sigmoid", name="dense")(image))


def state(model: keras.Model) -> float:
    return float(model.get_layer("dense").bias.numpy()[0])


def test_the_first_of_the_best_is_kept_over_all_phases() -> None:
    model = network()
    best = Best(model)
    epochs = [("head", 0.3), ("head", 0.7), ("head", 0.5), ("fine_tune", 0.7), ("fine_tune", 0.6)]
    for number, (phase, score) in enumerate(epochs, start=1):
        model.get_layer("dense").bias.assign([float(number)])
        best.see(phase, {"loss": 1.0, "val_pr_auc": score})
    best.restore(model)
    assert state(model) == 2
    assert best.facts == {"epoch": 2, "phase": "head", "val_pr_auc": 0.7}
    assert [row["epoch"] for row in best.history] == [1, 2, 3, 4, 5]


def test_without_an_epoch_the_start_is_kept() -> None:
    model = network()
    best = Best(model)
    start = state(model)
    model.get_layer("dense").bias.assign([9.0])
    best.restore(model)
    assert state(model) == start


def test_a_training_that_diverged_says_so() -> None:
    model = network()
    model.get_layer("dense").bias.assign([np.nan])
    model.compile("sgd")
    score = Score("head", np.ones((4, 1)), np.array([0, 1, 0, 1]), Best(model))
    score.set_model(model)
    with pytest.raises(ModelError, match="diverged in phase head: lower its learning rate"):
        score.on_epoch_end(0, {})
