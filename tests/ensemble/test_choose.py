"""Weights that are chosen on val, and predictions of val by weights that it didn't choose."""

import numpy as np
import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.labels import MALIGNANT
from lesion_pipeline.ensemble.choose import (
    Scored,
    best_subset,
    choose_weights,
    fitted_weights,
)
from lesion_pipeline.ensemble.combine import combine
from lesion_pipeline.statistics.metrics import probability_metrics

COUNT = 400


def made_up(*strengths: float, average="probabilities", seed: int = 1) -> Scored:  # type: ignore[no-untyped-def]
    """Members that know the label more or less, with errors of their own; lesions of two images."""
    generator = np.random.default_rng(seed)
    lesions = np.arange(COUNT) // 2
    labels = (lesions % 4 == 0).astype(np.int64)
    logits = [
        strength * (2 * labels - 1) - 1 + generator.normal(size=COUNT) for strength in strengths
    ]
    outputs = 1 / (1 + np.exp(-np.array(logits)))[..., None]
    return Scored(outputs, labels, lesions, MALIGNANT, average)


def test_equal_weights_choose_nothing() -> None:
    val = made_up(1, 0)
    choice = choose_weights(val, "equal", seed=1)
    assert choice.weights.tolist() == [0.5, 0.5]
    np.testing.assert_allclose(choice.val, val.outputs.mean(axis=0))


def test_the_loss_is_scikit_learn_s() -> None:
    val = made_up(1, 0.5)
    weights = np.array([0.25, 0.75])
    wanted = probability_metrics(val.labels, combine(val.outputs, weights, "probabilities")[:, 0])
    assert val.losses(weights[None])[0] == pytest.approx(wanted["log_loss"])


@pytest.mark.parametrize("average", ["probabilities", "logits"])
def test_the_best_subset_leaves_out_what_knows_nothing(average) -> None:  # type: ignore[no-untyped-def]
    weights = best_subset(made_up(1.5, -1, 1.5, -1, average=average))
    assert weights.tolist() == [0.5, 0, 0.5, 0]


def test_of_equal_subsets_the_smallest_is_taken() -> None:
    val = made_up(1)
    twice = Scored(np.repeat(val.outputs, 3, 0), val.labels, val.lesions, MALIGNANT, val.average)
    assert np.count_nonzero(best_subset(twice)) == 1


def test_every_subset_is_tried() -> None:
    val = made_up(1.2, 0.9, 1.1, 0.3, 1.0)
    numbers = [[number >> member & 1 for member in range(5)] for number in range(1, 32)]
    sets = np.array(numbers, float)
    losses = val.losses(sets / sets.sum(axis=1, keepdims=True))
    assert val.losses(best_subset(val)[None])[0] == pytest.approx(losses.min())


@pytest.mark.parametrize("average", ["probabilities", "logits"])
def test_fitted_weights_are_better_than_any_others(average) -> None:  # type: ignore[no-untyped-def]
    val = made_up(1.5, 0.8, 0.2, average=average)
    weights = fitted_weights(val)
    assert weights.sum() == pytest.approx(1) and (weights >= 0).all()
    assert (weights == weights.round(3)).all()
    assert weights.argmax() == 0
    others = np.random.default_rng(0).dirichlet(np.ones(3), size=500)
    assert val.losses(weights[None])[0] < val.losses(others).min() + 1e-4


@pytest.mark.parametrize("weighting", ["subset", "fitted"])
def test_a_lesion_of_val_does_not_choose_the_weights_that_predict_it(weighting) -> None:  # type: ignore[no-untyped-def]
    val = made_up(1, 0.9, 0.2)
    before = choose_weights(val, weighting, seed=3).val
    lesion = np.asarray(val.lesions) == 7
    labels = np.where(lesion, 1 - val.labels, val.labels)
    assert len(np.unique(labels[lesion])) == 1
    # Folds are stratified by label, so the label of another lesion changes in its place.
    changed = np.where(lesion[:, None], 1 - val.outputs, val.outputs)
    after = choose_weights(
        Scored(changed, val.labels, val.lesions, MALIGNANT, val.average), weighting, seed=3
    ).val
    # Its own predictions are averaged with the same weights as before.
    np.testing.assert_allclose(after[lesion], 1 - before[lesion])


def test_what_is_chosen_looks_better_on_val_than_out_of_fold() -> None:
    """Fifteen members that know nothing: the best subset still seems to know something."""
    val = made_up(*[0.0] * 10, seed=5)
    choice = choose_weights(val, "subset", seed=1)
    chosen = val.losses(choice.weights[None])[0]
    out_of_fold = probability_metrics(val.labels, choice.val[:, 0])["log_loss"]
    assert chosen < out_of_fold


def test_too_few_lesions_are_refused() -> None:
    val = made_up(1, 0)
    few = val.part(np.asarray(val.lesions) < 12)  # of which 3 are malignant
    with pytest.raises(DataError, match="expected 5 lesions of each class in val, received 3"):
        choose_weights(few, "fitted", seed=1)
