"""Two networks on the same images: compared with trusted code, slow code, and chance itself."""

import math
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from scipy import stats
from sklearn import metrics as sk

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.revisions.compare import (
    Candidate,
    compare,
    compare_decisions,
    compare_ranking,
    delong,
    delong_covariance,
)
from lesion_pipeline.scores.results import Resamples
from tests.evaluation.intervals_of import ranking_intervals
from tests.evaluation.strategies import predictions

LABELS = np.array([1, 1, 1, 0, 0, 0, 0, 1])
FIRST = np.array([0.9, 0.4, 0.6, 0.6, 0.1, 0.3, 0.2, 0.5])
SECOND = np.array([0.8, 0.7, 0.6, 0.5, 0.6, 0.2, 0.1, 0.9])


def candidate(
    name: str, labels: np.ndarray, scores: np.ndarray, threshold: float = 0.5
) -> Candidate:
    images = [f"I{number}" for number in range(len(labels))]
    lesions = [f"L{number // 2}" for number in range(len(labels))]
    table = pd.DataFrame(
        {"image_id": images, "lesion_id": lesions, "label": labels, "probability": scores}
    )
    return Candidate(name, table, threshold)


def draws(samples: int, seed: int = 1) -> Resamples:
    return Resamples(samples=samples, seed=seed)


def slow_covariance(labels: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """DeLong 1988 as it stands there: all pairs of a malignant and a benign image."""
    malignant, benign = scores[:, labels == 1], scores[:, labels == 0]
    above = malignant[:, :, None] - benign[:, None, :]
    pairs = np.where(above > 0, 1.0, np.where(above == 0, 0.5, 0.0))  # psi of equation 1
    by_malignant, by_benign = pairs.mean(axis=2), pairs.mean(axis=1)
    return np.cov(by_malignant) / malignant.shape[1] + np.cov(by_benign) / benign.shape[1]


def networks(generator: np.random.Generator, lesions: int) -> tuple[np.ndarray, ...]:
    """Two equally good networks that see much the same in two images of each lesion."""
    names = np.repeat(np.arange(lesions), 2)
    labels = (names % 4 == 0).astype(int)
    seen = 1.2 * labels + generator.normal(size=2 * lesions) + generator.normal(size=lesions)[names]
    scores = []
    for _ in range(2):
        own = generator.normal(size=lesions)[names] + generator.normal(size=2 * lesions)
        scores.append(1 / (1 + np.exp(-seen - own / 2)))
    return labels, scores[0], scores[1], names


# DeLong


def test_delong_worked_by_hand() -> None:
    # Malignant .5, .9 and benign .5, .1: one pair of four is tied. By malignant image 3/4 and 1,
    # by benign 3/4 and 1: each has variance 1/32, and a half of that is of the mean.
    labels, scores = np.array([1, 1, 0, 0]), np.array([[0.5, 0.9, 0.5, 0.1]])
    areas, covariance = delong_covariance(labels, scores)
    assert areas.tolist() == [7 / 8]
    assert covariance == pytest.approx(np.array(1 / 64 + 1 / 64), abs=1e-15)


@settings(max_examples=100, deadline=None)
@given(scored=predictions())
def test_delong_by_ranks_is_delong_by_pairs(scored: tuple[np.ndarray, np.ndarray]) -> None:
    labels, scores = scored
    both = np.stack([scores, np.roll(scores, 1)])
    areas, covariance = delong_covariance(labels, both)
    assert areas == pytest.approx([sk.roc_auc_score(labels, row) for row in both], abs=1e-12)
    if min(labels.sum(), (1 - labels).sum()) < 2:
        assert np.isnan(covariance).all()
    else:
        np.testing.assert_allclose(covariance, slow_covariance(labels, both), atol=1e-12)


def test_delong_is_the_variance_of_roc_auc_over_new_collections() -> None:
    generator = np.random.default_rng(1)
    labels = np.repeat([1, 0], [40, 80])
    areas, variances = [], []
    for _ in range(2000):
        scores = stats.norm.cdf(generator.normal(size=120) + labels)
        area, variance = delong_covariance(labels, scores[None])
        areas.append(area[0])
        variances.append(float(variance))
    assert np.mean(variances) == pytest.approx(np.var(areas), rel=0.08)


def test_delong_p_is_uniform_when_networks_are_equal_and_images_independent() -> None:
    generator = np.random.default_rng(1)
    labels = np.repeat([1, 0], [60, 100])
    values = []
    for _ in range(1000):
        seen = labels + generator.normal(size=160)
        pair = [stats.norm.cdf(seen + generator.normal(size=160) / 2) for _ in range(2)]
        values.append(delong(labels, *pair))
    assert stats.kstest(values, "uniform").pvalue > 0.01


def test_delong_of_equal_and_of_undefined() -> None:
    assert delong(LABELS, FIRST, FIRST) == 1.0
    one = np.array([1, 0, 0])
    assert delong(one, np.array([0.9, 0.1, 0.2]), np.array([0.1, 0.5, 0.9])) is None
    # Perfect against perfectly wrong: a difference of 1 that no resampling of pairs can vary.
    four = np.array([1, 1, 0, 0])
    assert delong(four, np.array([0.9, 0.8, 0.1, 0.2]), np.array([0.1, 0.2, 0.9, 0.8])) is None


# McNemar


@pytest.mark.parametrize(("gained", "lost"), list(product((0, 1, 5, 12), repeat=2)))
def test_mcnemar_is_the_binomial_test_of_the_disagreements(gained: int, lost: int) -> None:
    first = np.repeat([True, False, True, False], [7, 3, lost, gained])
    second = np.repeat([True, False, False, True], [7, 3, lost, gained])
    found = compare_decisions(first, second)
    assert (found["gained"], found["lost"]) == (gained, lost)
    total = gained + lost
    expected = 1.0
    if total:  # twice the smaller tail, as the distribution is symmetric
        tail = sum(math.comb(total, k) for k in range(min(gained, lost) + 1)) / 2**total
        expected = min(1.0, 2 * tail)
    assert found["p"] == pytest.approx(expected, abs=1e-12)
    count = 10 + total
    assert found["difference"] == pytest.approx(found["second"] - found["first"], abs=1e-12)
    assert found["first"] == (7 + lost) / count
    better = "better" if gained > lost else "worse"
    assert found["verdict"] == (better if expected < 0.05 else "within noise")


def test_without_images_there_are_no_rates() -> None:
    none = np.array([], dtype=bool)
    assert compare_decisions(none, none) == {
        "first": None, "second": None, "difference": None, "gained": 0, "lost": 0, "p": 1.0,
        "verdict": "within noise",
    }  # fmt: skip


# The bootstrap


def test_equal_networks_differ_by_nothing() -> None:
    found = compare_ranking(LABELS, FIRST, FIRST, np.arange(8), draws(50, 1))
    for figure in found.values():
        assert (figure["difference"], figure["interval"]) == (0.0, (0.0, 0.0))
        assert figure["verdict"] == "within noise"


def test_the_other_way_round_is_the_opposite() -> None:
    there = compare_ranking(LABELS, FIRST, SECOND, np.arange(8), draws(200, 1))
    back = compare_ranking(LABELS, SECOND, FIRST, np.arange(8), draws(200, 1))
    for name, figure in there.items():
        low, high = figure["interval"]
        assert back[name]["interval"] == pytest.approx((-high, -low), abs=1e-12)
        assert back[name]["difference"] == -figure["difference"]
        assert (back[name]["first"], back[name]["p"]) == (figure["second"], figure["p"])
    assert there["roc_auc"]["first"] == sk.roc_auc_score(LABELS, FIRST)
    assert there["pr_auc"]["second"] == sk.average_precision_score(LABELS, SECOND)


def test_pairing_finds_what_two_intervals_hide() -> None:
    generator = np.random.default_rng(2)
    labels, first, _, lesions = networks(generator, 200)
    second = 1 / (1 + np.exp(-np.log(first / (1 - first)) - 0.5 * labels))
    found = compare_ranking(labels, first, second, lesions, draws(300, 1))
    alone = [ranking_intervals(labels, scores, lesions, 300, 1) for scores in (first, second)]
    for name, figure in found.items():
        assert figure["verdict"] == "better"
        assert alone[1][name][0] < alone[0][name][1]  # side by side the two overlap
    assert found["roc_auc"]["p"] < 0.001


def test_equal_networks_are_called_noise_19_times_of_20() -> None:
    generator = np.random.default_rng(3)
    called = {"roc_auc": 0, "pr_auc": 0}
    for run in range(200):
        labels, first, second, lesions = networks(generator, 100)
        found = compare_ranking(labels, first, second, lesions, draws(150, run))
        for name in called:
            called[name] += found[name]["verdict"] != "within noise"
    for count in called.values():
        assert 2 <= count <= 20  # 10 expected; of 200 percentile intervals, a few more


# All of it


def test_only_shared_images_count_whatever_their_order() -> None:
    one, two = candidate("a", LABELS, FIRST), candidate("b", LABELS, SECOND, 0.55)
    whole = compare(one, two, draws(100))
    assert (whole["images"], whole["malignant"], whole["lesions"], whole["left_out"]) == (
        8,
        4,
        4,
        0,
    )
    # Malignant .9 .4 .6 .5 at .5 and .8 .7 .6 .9 at .55: 3 and 4 of 4. Benign: 3 and 3 of 4,
    # but not the same ones.
    rates = {key: whole["sensitivity"][key] for key in ("first", "second", "gained", "lost")}
    assert rates == {"first": 0.75, "second": 1.0, "gained": 1, "lost": 0}
    rates = {key: whole["specificity"][key] for key in ("first", "second", "gained", "lost")}
    assert rates == {"first": 0.75, "second": 0.75, "gained": 1, "lost": 1}

    shuffled = Candidate("b", two.predictions.sample(frac=1, random_state=1), 0.55)
    assert compare(one, shuffled, draws(100)) == whole
    extra = two.predictions.iloc[:1].assign(image_id="X", lesion_id="LX")
    more = Candidate("b", pd.concat([extra, two.predictions]), 0.55)
    assert compare(one, more, draws(100)) == whole | {"left_out": 1}


def test_different_collections_are_refused() -> None:
    one = candidate("main", LABELS, FIRST)
    turned = candidate("mine", np.where(np.arange(8) < 7, 1 - LABELS, LABELS), SECOND)
    with pytest.raises(DataError) as error:
        compare(one, turned, draws(10))
    assert str(error.value) == (
        "main and mine label 7 of 8 images differently (benign or malignant), so they are not of "
        "one collection: I0, I1, I2, I3, I4, ..."
    )
    other = Candidate("mine", one.predictions.assign(image_id=list("abcdefgh")), 0.5)
    with pytest.raises(DataError, match=r"^main and mine have no image in common$"):
        compare(one, other, draws(10))
    twice = Candidate("mine", pd.concat([one.predictions] * 2), 0.5)
    with pytest.raises(DataError, match=r"^mine: image I0, I1, I2, I3, I4 more than once$"):
        compare(one, twice, draws(10))


@pytest.mark.parametrize(
    ("labels", "scores", "problem"),
    [
        (np.ones(8, int), FIRST, r"expected labels 0 and 1, both, received \[1\]"),
        (LABELS, np.where(FIRST == 0.9, np.nan, FIRST), "expected probabilities from 0 to 1"),
    ],
)
def test_what_can_not_be_scored_is_refused(
    labels: np.ndarray, scores: np.ndarray, problem: str
) -> None:
    with pytest.raises(DataError, match=problem):
        compare(candidate("a", labels, FIRST), candidate("b", labels, scores), draws(10))


def test_constant_probabilities_are_compared() -> None:
    found = compare(
        candidate("a", LABELS, np.full(8, 0.5)), candidate("b", LABELS, SECOND), draws(100)
    )
    assert found["roc_auc"]["first"] == 0.5
    assert found["sensitivity"]["first"] == 1.0  # .5 reaches .5
    assert found["specificity"]["first"] == 0.0
