"""Intervals: which resamples are drawn, their scores, and how often the truth lies within."""

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.scores.results import Resamples
from lesion_pipeline.statistics import bootstrap
from lesion_pipeline.statistics.bootstrap import (
    Estimate,
    lesion_weights,
    losses,
    percentile_interval,
    ranking,
    weighted_losses,
    weighted_ranking,
    with_intervals,
)
from lesion_pipeline.statistics.metrics import probability_metrics, ranking_metrics
from lesion_pipeline.statistics.roc_interval import roc_auc_interval
from tests.evaluation.intervals_of import ranking_intervals
from tests.evaluation.strategies import predictions, weighted_predictions

Scored = tuple[np.ndarray, np.ndarray]
LABELS = np.array([1, 0, 1, 0])
SCORES = np.array([0.75, 0.5, 0.5, 0.25])


def every_weight(lesions: list[str], samples: int, seed: int) -> np.ndarray:
    return np.concatenate(list(lesion_weights(lesions, Resamples(samples=samples, seed=seed))))


def clustered(generator: np.random.Generator, lesions: int, each: int) -> Scored:
    """Images of lesions, half of them malignant, that are 90 % alike and 10 % their own."""
    labels = np.repeat(np.arange(lesions) % 2, each)
    shared = np.repeat(generator.normal(size=lesions), each)
    own = generator.normal(size=lesions * each)
    evidence = labels + math.sqrt(0.9) * shared + math.sqrt(0.1) * own
    return labels, 1 / (1 + np.exp(-evidence))


def width(interval: tuple[float, float]) -> float:
    return interval[1] - interval[0]


def test_resamples_worked_by_hand() -> None:
    weights = np.array([[1, 1, 1, 1], [2, 0, 1, 3], [0, 2, 1, 1], [0, 3, 2, 0]])
    found = weighted_ranking(LABELS, SCORES, weights)
    # By falling probability: a malignant one, then one of each tied, then a benign one.
    assert found["roc_auc"] == pytest.approx(
        [(2 + 1.5) / 4, 9 / 9, (2 * 0.5 + 1) / 3, (6 * 0.5) / 6], abs=1e-12
    )
    assert found["pr_auc"] == pytest.approx(
        [(1 + 2 / 3) / 2, (2 * 1 + 1) / 3, 1 / 3, 2 / 5], abs=1e-12
    )


@settings(max_examples=100, deadline=None)
@given(scored=weighted_predictions())
def test_a_resample_scores_what_scikit_learn_computes(
    scored: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    labels, scores, weights = scored
    found = weighted_ranking(labels, scores, weights)
    for row, times in enumerate(weights):
        if len(set(labels[times > 0])) < 2:
            assert np.isnan([found["roc_auc"][row], found["pr_auc"][row]]).all()
            continue
        roc_auc = sk.roc_auc_score(labels, scores, sample_weight=times)
        pr_auc = sk.average_precision_score(labels, scores, sample_weight=times)
        assert found["roc_auc"][row] == pytest.approx(roc_auc, abs=1e-12)
        assert found["pr_auc"][row] == pytest.approx(pr_auc, abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(scored=weighted_predictions())
def test_a_resample_loses_what_scikit_learn_computes(
    scored: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    labels, scores, weights = scored
    some = weights[weights.sum(axis=1) > 0]  # a draw of lesions is never empty
    found = weighted_losses(labels, scores, some)
    for row, times in enumerate(some):
        brier = sk.brier_score_loss(labels, scores, sample_weight=times)
        log_loss = sk.log_loss(labels, scores, sample_weight=times)
        assert found["brier_score"][row] == pytest.approx(brier, abs=1e-12)
        assert found["log_loss"][row] == pytest.approx(log_loss, rel=1e-9, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(scored=predictions())
def test_each_image_once_is_the_score_itself(scored: Scored) -> None:
    once = np.ones((1, len(scored[0])), dtype=np.int64)
    for estimate, scores_once in (
        (ranking(*scored), ranking_metrics(*scored)),
        (losses(*scored), probability_metrics(*scored)),
    ):
        assert estimate.values == scores_once
        resampled = {name: float(values[0]) for name, values in estimate.score(once).items()}
        assert resampled == pytest.approx(scores_once, abs=1e-9)


def test_several_estimates_share_the_resamples_of_one() -> None:
    labels, scores = clustered(np.random.default_rng(1), lesions=30, each=2)
    lesions, resamples = np.repeat(np.arange(30), 2), Resamples(samples=150, seed=7)
    both = ranking(labels, scores) | losses(labels, scores)
    found = with_intervals({"one": both, "other": ranking(labels, 1 - scores)}, lesions, resamples)
    names = ("roc_auc", "pr_auc", "brier_score", "log_loss")
    assert list(found["one"]) == [part for name in names for part in (name, f"{name}_interval")]
    weights = np.concatenate(list(lesion_weights(lesions, resamples)))
    for estimate, probabilities in (("one", scores), ("other", 1 - scores)):
        alone = weighted_ranking(labels, probabilities, weights)
        assert found[estimate]["pr_auc_interval"] == percentile_interval(alone["pr_auc"])
        area = roc_auc_interval(labels, probabilities, lesions)
        assert found[estimate]["roc_auc_interval"] == area
    for name in ("brier_score", "log_loss"):
        low, high = found["one"][f"{name}_interval"]  # type: ignore[misc]
        assert low < found["one"][name] < high  # type: ignore[operator]


def test_an_undefined_score_has_no_interval() -> None:
    undefined = Estimate({"slope": None}, lambda weights: {"slope": np.full(len(weights), np.nan)})
    found = with_intervals({"network": undefined}, ["a", "b"], Resamples(samples=10, seed=1))
    assert found == {"network": {"slope": None, "slope_interval": None}}


def test_scores_are_told_apart_to_the_last_bit() -> None:
    scores = np.array([0.5, np.nextafter(0.5, 0)])
    found = weighted_ranking(np.array([1, 0]), scores, np.ones((1, 2), dtype=np.int64))
    assert found["roc_auc"] == 1.0


@pytest.mark.parametrize("shape", [(2, 3), (2, 5), (4,)])
def test_weights_of_other_images_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"^expected \(\.\., 4\) weights, received shape "):
        weighted_ranking(LABELS, SCORES, np.ones(shape, dtype=np.int64))


def test_all_images_of_a_lesion_come_along() -> None:
    weights = every_weight(["b", "a", "b", "c", "b", "a"], samples=300, seed=1)
    assert weights.shape == (300, 6) and weights.dtype == np.int64
    assert (weights[:, [2, 4]] == weights[:, [0]]).all()
    assert (weights[:, 5] == weights[:, 1]).all()
    assert (weights[:, [0, 1, 3]].sum(axis=1) == 3).all()  # as many lesions as there are


def test_every_draw_is_as_frequent_as_it_must_be() -> None:
    weights = every_weight(["a", "b", "c"], samples=20_000, seed=1)
    draws = np.array([np.bincount(draw, minlength=3) for draw in product(range(3), repeat=3)])
    for draw in np.unique(draws, axis=0):
        expected = (draws == draw).all(axis=1).mean()
        assert (weights == draw).all(axis=1).mean() == pytest.approx(expected, abs=0.01)


def test_a_seed_gives_the_same_resamples_and_another_gives_others() -> None:
    lesions = [f"L{number}" for number in range(20)]
    one, again, other = (every_weight(lesions, 10, seed) for seed in (1, 1, 2))
    assert (one == again).all()
    assert (one != other).any(axis=1).all()


def test_resamples_belong_to_lesions_not_to_rows() -> None:
    lesions = ["b", "a", "b", "c", "d"]
    order = [3, 2, 0, 4, 1]
    moved = every_weight([lesions[row] for row in order], samples=10, seed=1)
    assert (moved == every_weight(lesions, samples=10, seed=1)[:, order]).all()


@pytest.mark.parametrize("chunk", [1, 3, 7, 1000])
def test_chunks_of_any_size_give_the_same(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    lesions = [f"L{number}" for number in range(20)]
    expected = every_weight(lesions, samples=7, seed=1)
    monkeypatch.setattr(bootstrap, "CHUNK", chunk)
    sizes = [len(weights) for weights in lesion_weights(lesions, Resamples(samples=7, seed=1))]
    assert sum(sizes) == 7 and max(sizes) <= chunk
    assert (every_weight(lesions, samples=7, seed=1) == expected).all()


def test_percentiles_worked_by_hand() -> None:
    shuffled = np.random.default_rng(1).permutation(np.arange(401) / 400)
    assert percentile_interval(shuffled) == pytest.approx([10 / 400, 390 / 400], abs=1e-12)


def test_resamples_of_one_class_are_left_out() -> None:
    # Two lesions: every resample that has both is the collection itself.
    intervals = ranking_intervals(np.array([1, 0]), np.array([0.25, 0.75]), ["a", "b"], 50, 1)
    assert intervals["pr_auc"] == (0.5, 0.5)


def test_no_resample_of_both_classes_is_refused() -> None:
    with pytest.raises(DataError) as error:
        percentile_interval(np.array([math.nan, math.nan]))
    assert str(error.value) == (
        "none of the 2 resamples has both classes: raise evaluate.bootstrap_samples, "
        "or take more lesions"
    )


def test_the_interval_is_that_of_all_possible_resamples() -> None:
    lesions = ["a", "b", "c", "d", "e", "a"]
    labels = np.array([1, 1, 0, 0, 0, 1])
    scores = np.array([0.9, 0.4, 0.6, 0.3, 0.1, 0.2])
    draws = np.array([np.bincount(draw, minlength=5) for draw in product(range(5), repeat=5)])
    exact = weighted_ranking(labels, scores, draws[:, [0, 1, 2, 3, 4, 0]])
    found = ranking_intervals(labels, scores, lesions, samples=20_000, seed=1)
    assert found["pr_auc"] == pytest.approx(percentile_interval(exact["pr_auc"]), abs=0.02)
    assert 0 <= found["pr_auc"][0] < found["pr_auc"][1] <= 1


def test_repeated_images_do_not_narrow_the_interval() -> None:
    labels, scores = clustered(np.random.default_rng(1), lesions=80, each=1)
    names = np.array([f"L{number}" for number in range(80)])
    single = ranking_intervals(labels, scores, names, 500, 1)
    five = [np.repeat(values, 5) for values in (labels, scores, names)]
    repeated = ranking_intervals(five[0], five[1], five[2], 500, 1)
    by_image = ranking_intervals(five[0], five[1], np.arange(400), 500, 1)
    for name in ("roc_auc", "pr_auc"):
        assert repeated[name] == pytest.approx(single[name], abs=1e-12)
        assert width(repeated[name]) > 1.8 * width(by_image[name])  # the root of 5 is 2.2


@pytest.mark.slow
def test_the_truth_lies_within_95_of_100_intervals() -> None:
    generator = np.random.default_rng(1)
    truth = 0.5 * (1 + math.erf(1 / 2))  # of two normal classes, 1 apart, each of deviation 1
    lesions = np.repeat(np.arange(80), 3)
    within = {"lesions": 0, "images": 0}
    for run in range(300):
        scored = clustered(generator, lesions=80, each=3)
        for unit, names in (("lesions", lesions), ("images", np.arange(240))):
            low, high = ranking_intervals(*scored, names, samples=200, seed=run)["roc_auc"]
            within[unit] += low <= truth <= high
    assert 0.90 <= within["lesions"] / 300 <= 0.98
    assert within["images"] / 300 < 0.85  # as if three images of a lesion were three lesions


def test_two_networks_can_be_compared_on_the_same_resamples() -> None:
    generator = np.random.default_rng(1)
    labels, scores = clustered(generator, lesions=60, each=2)
    better = np.clip(scores + 0.05 * labels, 0, 1)
    lesions = np.repeat(np.arange(60), 2)

    def roc_aucs(probabilities: np.ndarray) -> np.ndarray:
        chunks = lesion_weights(lesions, Resamples(samples=300, seed=1))
        found = [weighted_ranking(labels, probabilities, weights) for weights in chunks]
        return np.concatenate([chunk["roc_auc"] for chunk in found])

    one, two = roc_aucs(scores), roc_aucs(better)
    assert percentile_interval(two - one)[0] > 0  # though the intervals of the two overlap
    assert percentile_interval(two)[0] < percentile_interval(one)[1]


@settings(max_examples=30, deadline=None)
@given(scored=predictions(), seed=st.integers(0, 2**40))
def test_an_interval_rises_within_0_and_1(scored: Scored, seed: int) -> None:
    lesions = np.arange(len(scored[0]))
    for low, high in ranking_intervals(*scored, lesions, samples=100, seed=seed).values():
        assert 0 <= low <= high <= 1
