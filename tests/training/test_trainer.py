"""Training steps, the average of the weights, and resuming from a state."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from lesion_pipeline.tf.load import deterministic, keras, tf
from lesion_pipeline.training.head import build_head
from lesion_pipeline.training.objective import Objective
from lesion_pipeline.training.params import HeadParams, PhaseParams
from lesion_pipeline.training.phases import make_optimizer
from lesion_pipeline.training.trainer import RAMP, Trainer, TrainingConfig

pytestmark = pytest.mark.slow

RATE = 0.1


class Numbers:
    """Random vectors, the sign of whose sum is to be told; two epochs are never the same."""

    steps = 4

    def epoch(self, number: int) -> Iterator[Any]:
        for step in range(self.steps):
            generator = np.random.default_rng([number, step])
            inputs = generator.normal(size=(8, 3)).astype(np.float32)
            truth = (inputs.sum(axis=1, keepdims=True) > 0).astype(np.float32)
            yield inputs, truth, generator.uniform(0.5, 2, 8).astype(np.float32)

    def val(self) -> Iterator[NDArray[np.float32]]:
        generator = np.random.default_rng(0)
        return iter(generator.normal(size=(5, 4, 3)).astype(np.float32))


def linear() -> keras.Model:
    keras.utils.set_random_seed(1)
    vector = keras.Input((3,))
    return keras.Model(vector, keras.layers.Dense(1)(vector))


def head(dropout: float = 0.4) -> keras.Model:
    params = HeadParams(units=(6,), dropout=(dropout, dropout), batch_norm_momentum=0.8)
    return build_head(3, params, "binary")


def squares(truth: Any, outputs: Any) -> Any:
    return tf.reduce_mean(tf.square(truth - outputs), axis=1)


def simple(averaging: float = 0.6, batch_parts: int = 1) -> TrainingConfig:
    return TrainingConfig(keras.optimizers.SGD(RATE), squares, averaging, batch_parts)


def config() -> TrainingConfig:
    params = PhaseParams(
        epochs=4, batch_size=8, learning_rate=0.01, warmup_epochs=1, weight_decay=0.1,
        averaging=0.9, batch_parts=1, patience=4,
    )  # fmt: skip
    loss = Objective("binary", ("mel",), np.ones(2, np.float32), label_smoothing=0.1).loss()
    return TrainingConfig(make_optimizer(params, Numbers.steps), loss, 0.9, 1)


def same(ones: list[NDArray[Any]], others: list[NDArray[Any]]) -> bool:
    return all((one == other).all() for one, other in zip(ones, others, strict=True))


@pytest.mark.parametrize("averaging", [0.0, 0.2, 0.99])
def test_weights_and_their_average_by_hand(averaging: float) -> None:
    model = linear()
    kernel, bias = (weight.astype(np.float64) for weight in model.get_weights())
    averages, losses = [kernel, bias], []
    trainer = Trainer(model, Numbers(), simple(averaging))
    for epoch in range(2):
        loss = trainer.epoch(epoch, iter)
        for step, (inputs, truth, weights) in enumerate(Numbers().epoch(epoch)):
            error = inputs @ kernel + bias - truth
            losses.append((weights[:, None] * error**2).mean())
            slope = 2 * weights[:, None] * error / len(inputs)
            kernel = kernel - RATE * inputs.T @ slope
            bias = bias - RATE * slope.sum(axis=0)
            taken = epoch * Numbers.steps + step + 1
            keep = min(averaging, (1 + taken) / (RAMP + taken))
            now = zip(averages, (kernel, bias), strict=True)
            averages = [keep * average + (1 - keep) * weight for average, weight in now]
        assert loss == pytest.approx(np.mean(losses[-Numbers.steps :]), rel=1e-5)
        for wanted, found in zip(averages, model.get_weights(), strict=True):
            np.testing.assert_allclose(found, wanted, rtol=1e-5)
        for wanted, found in zip((kernel, bias), trainer.state(), strict=False):
            np.testing.assert_allclose(found, wanted, rtol=1e-5)


def test_running_statistics_are_averaged_too() -> None:
    model = head(dropout=0.0)
    before = [weight.numpy() for weight in model.non_trainable_weights]
    Trainer(model, Numbers(), simple(averaging=0.5)).epoch(0, iter)
    after = [weight.numpy() for weight in model.non_trainable_weights]
    assert len(after) == 2 and all((a != b).any() for a, b in zip(before, after, strict=True))


@pytest.mark.parametrize("parts", [2, 4])
def test_parts_of_a_batch_make_the_same_step(parts: int) -> None:
    models = linear(), linear()
    for model, count in zip(models, (1, parts), strict=True):
        Trainer(model, Numbers(), simple(batch_parts=count)).epoch(0, iter)
    for one, other in zip(*(model.get_weights() for model in models), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5)
    assert not same(models[0].get_weights(), linear().get_weights())


def test_normalisation_sees_one_part_at_a_time() -> None:
    weights = []
    for count in (1, 2):
        deterministic(1)
        model = head(dropout=0.0)
        Trainer(model, Numbers(), simple(batch_parts=count)).epoch(0, iter)
        weights.append(model.get_weights())
    assert not same(*weights)


def test_what_is_not_trainable_stays() -> None:
    model = head(dropout=0.0)
    frozen, last = model.layers[1:-1], model.layers[-1]
    for layer in frozen:
        layer.trainable = False
    before, first = [layer.get_weights() for layer in frozen], last.get_weights()
    Trainer(model, Numbers(), config()).epoch(0, iter)
    for layer, weights in zip(frozen, before, strict=True):
        assert same(layer.get_weights(), weights)
    assert not same(last.get_weights(), first)


def test_resuming_from_a_state_changes_nothing() -> None:
    deterministic(1)
    whole = head()
    start = whole.get_weights()
    straight = Trainer(whole, Numbers(), config())
    losses = [straight.epoch(0, iter)]
    state, rate = straight.state(), straight.learning_rate()
    losses.append(straight.epoch(1, iter))

    deterministic(99)  # nothing may depend on what was drawn since
    model = head()
    trainer = Trainer(model, Numbers(), config())
    trainer.restore(state)
    assert same(trainer.state(), state) and trainer.learning_rate() == rate
    assert trainer.epoch(1, iter) == losses[1]
    assert same(model.get_weights(), whole.get_weights())
    assert same(trainer.state(), straight.state())
    assert not same(model.get_weights(), start) and not same(trainer.state(), state)


def test_another_state_of_dropout_is_another_training() -> None:
    found = []
    for seed in (1, 2):
        deterministic(1)
        model = head()
        deterministic(seed)
        Trainer(model, Numbers(), config()).epoch(0, iter)
        found.append(model.get_weights())
    assert not same(*found)


def test_batches_are_shown_as_they_go() -> None:
    seen = []

    def show(batches: Iterator[Any]) -> Iterator[Any]:
        for batch in batches:
            seen.append(len(batch[0]))
            yield batch

    Trainer(linear(), Numbers(), simple()).epoch(0, show)
    assert seen == [8] * Numbers.steps
