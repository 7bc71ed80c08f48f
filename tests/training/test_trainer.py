"""Steps of training, the average of the weights, and going on from a state."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from lesion_pipeline.tf import deterministic, keras, tf
from lesion_pipeline.training.head import HeadParams, build_head
from lesion_pipeline.training.phases import Recipe, make_loss, make_optimizer
from lesion_pipeline.training.trainer import RAMP, Fit, Means, outputs_of

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


def squares(truth: Any, said: Any) -> Any:
    return tf.reduce_mean(tf.square(truth - said), axis=1)


def simple(averaging: float = 0.6, batch_parts: int = 1) -> Means:
    return Means(keras.optimizers.SGD(RATE), squares, averaging, batch_parts)


def recipe(batch_parts: int = 1) -> Means:
    optimizer = make_optimizer(
        Recipe(epochs=4, batch_size=8, learning_rate=0.01), Numbers.steps, 0.1, warmup_epochs=1
    )
    return Means(optimizer, make_loss("binary", 0.1), 0.9, batch_parts)


def same(ones: list[NDArray[Any]], others: list[NDArray[Any]]) -> bool:
    return all((one == other).all() for one, other in zip(ones, others, strict=True))


@pytest.mark.parametrize("averaging", [0.0, 0.2, 0.99])
def test_weights_and_their_average_by_hand(averaging: float) -> None:
    model = linear()
    kernel, bias = (weight.astype(np.float64) for weight in model.get_weights())
    averages, losses = [kernel, bias], []
    fit = Fit(model, Numbers(), simple(averaging))
    for epoch in range(2):
        said = fit.epoch(epoch, iter)
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
        assert said == pytest.approx(np.mean(losses[-Numbers.steps :]), rel=1e-5)
        for wanted, found in zip(averages, model.get_weights(), strict=True):
            np.testing.assert_allclose(found, wanted, rtol=1e-5)
        for wanted, found in zip((kernel, bias), fit.state(), strict=False):
            np.testing.assert_allclose(found, wanted, rtol=1e-5)


def test_running_statistics_are_averaged_too() -> None:
    model = head(dropout=0.0)
    before = [weight.numpy() for weight in model.non_trainable_weights]
    Fit(model, Numbers(), simple(averaging=0.5)).epoch(0, iter)
    after = [weight.numpy() for weight in model.non_trainable_weights]
    assert len(after) == 2 and all((a != b).any() for a, b in zip(before, after, strict=True))


@pytest.mark.parametrize("parts", [2, 4])
def test_parts_of_a_batch_make_the_same_step(parts: int) -> None:
    models = linear(), linear()
    for model, count in zip(models, (1, parts), strict=True):
        Fit(model, Numbers(), simple(batch_parts=count)).epoch(0, iter)
    for one, other in zip(*(model.get_weights() for model in models), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5)
    assert not same(models[0].get_weights(), linear().get_weights())


def test_normalisation_sees_one_part_at_a_time() -> None:
    weights = []
    for count in (1, 2):
        deterministic(1)
        model = head(dropout=0.0)
        Fit(model, Numbers(), simple(batch_parts=count)).epoch(0, iter)
        weights.append(model.get_weights())
    assert not same(*weights)


def test_what_is_not_trainable_stays() -> None:
    model = head(dropout=0.0)
    frozen, last = model.layers[1:-1], model.layers[-1]
    for layer in frozen:
        layer.trainable = False
    before, first = [layer.get_weights() for layer in frozen], last.get_weights()
    Fit(model, Numbers(), recipe()).epoch(0, iter)
    for layer, weights in zip(frozen, before, strict=True):
        assert same(layer.get_weights(), weights)
    assert not same(last.get_weights(), first)


def test_going_on_from_a_state_is_going_on() -> None:
    deterministic(1)
    whole = head()
    start = whole.get_weights()
    straight = Fit(whole, Numbers(), recipe())
    losses = [straight.epoch(0, iter)]
    state, rate = straight.state(), straight.rate()
    losses.append(straight.epoch(1, iter))

    deterministic(99)  # nothing may depend on what was drawn since
    model = head()
    fit = Fit(model, Numbers(), recipe())
    fit.restore(state)
    assert same(fit.state(), state) and fit.rate() == rate
    assert fit.epoch(1, iter) == losses[1]
    assert same(model.get_weights(), whole.get_weights())
    assert same(fit.state(), straight.state())
    assert not same(model.get_weights(), start) and not same(fit.state(), state)


def test_another_state_of_dropout_is_another_training() -> None:
    found = []
    for seed in (1, 2):
        deterministic(1)
        model = head()
        deterministic(seed)
        Fit(model, Numbers(), recipe()).epoch(0, iter)
        found.append(model.get_weights())
    assert not same(*found)


def test_batches_are_shown_as_they_go() -> None:
    seen = []

    def show(batches: Iterator[Any]) -> Iterator[Any]:
        for batch in batches:
            seen.append(len(batch[0]))
            yield batch

    Fit(linear(), Numbers(), simple()).epoch(0, show)
    assert seen == [8] * Numbers.steps


@pytest.mark.parametrize("workers", [1, 3])
def test_outputs_come_in_order_and_without_dropout(workers: int) -> None:
    model = head()
    said = outputs_of(model, Numbers().val(), workers)
    inputs = np.concatenate(list(Numbers().val()))
    np.testing.assert_allclose(said, model(inputs, training=False), atol=1e-6)
    assert said.shape == (20, 1) and said.dtype == np.float32
