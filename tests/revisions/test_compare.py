"""Two networks on the same images: compared with trusted code, slow code, and chance itself."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm
from sklearn import metrics as sk

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.revisions.compare import (
    NOISE,
    Candidate,
    compare,
    compare_ranking,
    expanded_tail,
    rechosen,
    shared,
)
from lesion_pipeline.scores.params import CostParams, Policy, ThresholdParams
from lesion_pipeline.scores.results import Resamples
from lesion_pipeline.statistics.bootstrap import lesion_weights
from lesion_pipeline.threshold.policies import choose
from tests.evaluation.intervals_of import ranking_intervals

LABELS = np.array([1, 1, 1, 0, 0, 0, 0, 1])
FIRST = np.array([0.9, 0.4, 0.6, 0.6, 0.1, 0.3, 0.2, 0.5])
SECOND = np.array([0.8, 0.7, 0.6, 0.5, 0.6, 0.2, 0.1, 0.9])


def rule(policy: Policy, target: float = 0.9) -> ThresholdParams:
    return ThresholdParams(
        policy=policy, target_sensitivity=target, cost=CostParams(miss=2, false_alarm=1), fixed=0.5,
        report=(),
    )  # fmt: skip


FIXED = rule("fixed")


def table(
    labels: np.ndarray, scores: np.ndarray, lesions: np.ndarray | None = None
) -> pd.DataFrame:
    """Images in the order of their names, two of each lesion if there is no other word."""
    images = [f"I{number:04d}" for number in range(len(labels))]
    names = np.arange(len(labels)) // 2 if lesions is None else lesions
    return pd.DataFrame(
        {"image_id": images, "lesion_id": names.astype(str), "label": labels, "probability": scores}
    )


def candidate(
    name: str, labels: np.ndarray, scores: np.ndarray, threshold: float = 0.5
) -> Candidate:
    return Candidate(name, {"val": table(labels, scores)}, threshold, FIXED)


def on_val(one: Candidate, two: Candidate, samples: int) -> dict[str, Any]:
    return compare(one, two, ["val"], draws(samples))["val"]


def draws(samples: int, seed: int = 1) -> Resamples:
    return Resamples(samples=samples, seed=seed)


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
        assert back[name]["first"] == figure["second"]
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


@pytest.mark.slow
def test_equal_networks_are_called_noise_19_times_of_20() -> None:
    generator = np.random.default_rng(3)
    called = {"roc_auc": 0, "pr_auc": 0}
    for run in range(200):
        labels, first, second, lesions = networks(generator, 100)
        found = compare_ranking(labels, first, second, lesions, draws(150, run))
        for name in called:
            called[name] += found[name]["verdict"] != "within noise"
    for count in called.values():
        assert 2 <= count <= 18  # 10 expected


# Sensitivity and specificity at thresholds that are chosen


def test_thresholds_are_chosen_anew_in_each_resample() -> None:
    labels, first, second, lesions = networks(np.random.default_rng(4), 60)
    rules = rule("target_sensitivity", 0.8), rule("youden")
    one, two = (
        Candidate(name, {"val": table(labels, scores, lesions)}, 0.5, each)
        for name, scores, each in zip("ab", (first, second), rules, strict=True)
    )
    found = rechosen(shared(one, two, "val"), rules, draws(30))
    weights = np.concatenate(list(lesion_weights(lesions.astype(str), draws(30))))
    for row, drawn in zip(found, weights, strict=True):
        images = np.repeat(np.arange(len(labels)), drawn)
        for threshold, scores, each in zip(row, (first, second), rules, strict=True):
            again = choose(labels[images], scores[images], np.arange(len(images)), each)
            assert threshold == again
    assert len(np.unique(found[:, 0])) > 5


def test_a_lesion_that_is_drawn_twice_is_two_lesions() -> None:
    """Else fewer, larger lesions would make the lower bound of sensitivity too low."""
    labels, scores = np.repeat([1, 0], 40), np.linspace(1, 0, 80)
    surely = rule("target_sensitivity_lower_bound", 0.7)
    only = Candidate("a", {"val": table(labels, scores, np.arange(80))}, 0.5, surely)
    found = rechosen(shared(only, only, "val"), (surely, surely), draws(20))
    weights = np.concatenate(list(lesion_weights(np.arange(80).astype(str), draws(20))))
    for row, drawn in zip(found, weights, strict=True):
        images = np.repeat(np.arange(80), drawn)
        apart = choose(labels[images], scores[images], np.arange(len(images)), surely)
        assert row.tolist() == [apart, apart]


def test_fixed_thresholds_stay() -> None:
    labels, first, second, lesions = networks(np.random.default_rng(4), 40)
    pair = [Candidate(n, {"val": table(labels, s, lesions)}, 0.5, FIXED) for n, s in
            (("a", first), ("b", second))]  # fmt: skip
    assert (rechosen(shared(*pair, "val"), (FIXED, FIXED), draws(5)) == 0.5).all()


def equal_networks(seed: int, lesions: int) -> tuple[Candidate, Candidate]:
    """Two equally good networks, each at the threshold that it chose on val."""
    generator, chosen = np.random.default_rng(seed), rule("target_sensitivity")
    (labels, *val, names), (others, *test, _) = (networks(generator, lesions) for _ in range(2))
    return tuple(
        Candidate(
            name,
            {"val": table(labels, of_val, names), "test": table(others, of_test, names)},
            choose(labels, of_val, names, chosen),
            chosen,
        )
        for name, of_val, of_test in zip("ab", val, test, strict=True)
    )  # type: ignore[return-value]


@pytest.mark.slow
def test_equal_networks_are_called_noise_at_their_own_thresholds() -> None:
    """With both thresholds taken for given, 70 of 100 differ in specificity."""
    called = dict.fromkeys(("sensitivity", "specificity"), 0)
    given = dict.fromkeys(called, 0)
    for seed in range(60):
        one, two = equal_networks(seed, 150)
        found = compare(one, two, ["test"], draws(100, seed))["test"]
        fixed = [
            Candidate(each.name, each.predictions, each.threshold,
                      FIXED.model_copy(update={"fixed": each.threshold}))
            for each in (one, two)
        ]  # fmt: skip
        taken = compare(fixed[0], fixed[1], ["test"], draws(100, seed))["test"]
        for name in called:
            called[name] += found[name]["verdict"] != NOISE
            given[name] += taken[name]["verdict"] != NOISE
    assert max(called.values()) <= 6  # 3 expected
    assert given["specificity"] >= 12  # the simulation can tell the two apart


def test_a_better_network_is_called_better_at_its_own_threshold() -> None:
    one, worse = equal_networks(1, 300)
    noise = np.random.default_rng(2)
    spoilt = {
        split: each.assign(
            probability=1 / (1 + np.exp(-np.log(each["probability"] / (1 - each["probability"]))
                                        - noise.normal(0, 2, len(each))))
        )
        for split, each in worse.predictions.items()
    }  # fmt: skip
    val = spoilt["val"]
    labels, scores = val["label"].to_numpy(), val["probability"].to_numpy()
    threshold = choose(labels, scores, val["lesion_id"], worse.rule)
    two = Candidate("b", spoilt, threshold, worse.rule)
    found = compare(one, two, ["test"], draws(200))["test"]
    assert found["specificity"]["verdict"] == found["roc_auc"]["verdict"] == "worse"


# All of it


def test_only_shared_images_count_whatever_their_order() -> None:
    one, two = candidate("a", LABELS, FIRST), candidate("b", LABELS, SECOND, 0.55)
    whole = on_val(one, two, 100)
    counts = [whole[key] for key in ("images", "malignant", "lesions", "left_out")]
    assert counts == [8, 4, 4, 0]
    # Malignant .9 .4 .6 .5 at .5 and .8 .7 .6 .9 at .55: 3 and 4 of 4. Benign: 3 and 3 of 4,
    # but not the same ones.
    rates = {key: whole["sensitivity"][key] for key in ("first", "second", "difference")}
    assert rates == {"first": 0.75, "second": 1.0, "difference": 0.25}
    rates = {key: whole["specificity"][key] for key in ("first", "second", "difference")}
    assert rates == {"first": 0.75, "second": 0.75, "difference": 0.0}

    val = two.predictions["val"]
    shuffled = Candidate("b", {"val": val.sample(frac=1, random_state=1)}, 0.55, FIXED)
    assert on_val(one, shuffled, 100) == whole
    extra = val.iloc[:1].assign(image_id="X", lesion_id="LX")
    more = Candidate("b", {"val": pd.concat([extra, val])}, 0.55, FIXED)
    assert on_val(one, more, 100) == whole | {"left_out": 1}


def test_different_collections_are_refused() -> None:
    one = candidate("main", LABELS, FIRST)
    turned = candidate("mine", np.where(np.arange(8) < 7, 1 - LABELS, LABELS), SECOND)
    with pytest.raises(DataError) as error:
        on_val(one, turned, 10)
    assert str(error.value) == (
        "main and mine label 7 of 8 images differently (benign or malignant), so they are not of "
        "one collection: I0000, I0001, I0002, I0003, I0004, ..."
    )
    val = one.predictions["val"]
    other = Candidate("mine", {"val": val.assign(image_id=list("abcdefgh"))}, 0.5, FIXED)
    with pytest.raises(DataError, match=r"^main and mine have no image in common$"):
        on_val(one, other, 10)
    twice = Candidate("mine", {"val": pd.concat([val] * 2)}, 0.5, FIXED)
    with pytest.raises(DataError, match=r"^mine: image I0000, I0001, I0002, .* more than once$"):
        on_val(one, twice, 10)


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
        on_val(candidate("a", labels, FIRST), candidate("b", labels, scores), 10)


def test_constant_probabilities_are_compared() -> None:
    found = on_val(candidate("a", LABELS, np.full(8, 0.5)), candidate("b", LABELS, SECOND), 100)
    assert found["roc_auc"]["first"] == 0.5
    assert found["sensitivity"]["first"] == 1.0  # .5 reaches .5
    assert found["specificity"]["first"] == 0.0


def test_the_interval_is_wider_the_fewer_lesions_the_smaller_class_has() -> None:
    labels, lesions = np.repeat([0, 1], [1000, 20]), np.arange(1020)
    tail = expanded_tail(labels, lesions)
    assert tail == pytest.approx(norm.cdf(-math.sqrt(20 / 19) * 2.0930), rel=1e-3)
    halves = expanded_tail(labels, lesions // 2)  # two images of each lesion
    assert 0 < halves < tail < expanded_tail(np.repeat([0, 1], 510), lesions) < 0.025
    assert expanded_tail(labels, np.where(labels, 0, lesions)) == 0
