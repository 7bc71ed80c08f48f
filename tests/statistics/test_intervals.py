"""Intervals of rates: compared with scipy, a published case, hand-worked lesions, and the truth."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from lesion_pipeline.statistics.intervals import rate_interval, rate_intervals, wilson_interval


def counts() -> st.SearchStrategy[tuple[int, int]]:
    return st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@settings(max_examples=60, deadline=None)
@given(counts())
def test_wilson_is_what_scipy_computes(counts: tuple[int, int]) -> None:
    expected = binomtest(*counts).proportion_ci(0.95, method="wilson")
    assert wilson_interval(*counts) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_a_published_case() -> None:
    """81 of 263, Newcombe 1998, Stat. Med. 17:857-872, table I, method 3."""
    assert wilson_interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)


def test_none_of_none_has_no_interval() -> None:
    assert wilson_interval(0, 0) is None
    assert rate_interval([], []) is None


@pytest.mark.parametrize("counts", [(1, 0), (-1, 5), (6, 5)])
def test_impossible_counts_are_refused(counts: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match=r"^expected 0 to \d successes, received -?\d$"):
        wilson_interval(*counts)


@pytest.mark.parametrize(("hits", "trials"), [(0, 9), (9, 9), (1, 1), (0, 1)])
def test_the_ends_of_nothing_and_of_everything_are_exact(hits: int, trials: int) -> None:
    low, high = wilson_interval(hits, trials) or ()
    assert (low == 0) == (hits == 0) and (high == 1) == (hits == trials)
    assert low < high


@settings(max_examples=60, deadline=None)
@given(counts())
def test_of_lesions_with_one_image_it_is_wilson_s(counts: tuple[int, int]) -> None:
    hits = np.arange(counts[1]) < counts[0]
    assert rate_interval(hits, np.arange(counts[1])) == pytest.approx(
        wilson_interval(*counts), abs=1e-9
    )


@pytest.mark.parametrize("hits", [0, 3, 8, 20])
def test_repeated_images_do_not_count(hits: int) -> None:
    one = np.arange(20) < hits
    low, high = rate_interval(np.repeat(one, 5), np.repeat(np.arange(20), 5)) or ()
    assert (low, high) == pytest.approx(wilson_interval(hits, 20), abs=1e-9)


def test_a_design_effect_worked_by_hand() -> None:
    """Lesions of 2, 2 and 1 images with 2, 0 and 1 hits: a rate of .6.

    Residuals 2 - 1.2, 0 - 1.2, 1 - .6; their squares sum to .64 + 1.44 + .16 = 2.24. Variance
    2.24 * 3/2 / 25 = .1344 against .24 / 4 = .06: more than the highest, (4 + 4 + 1) / 5 = 1.8.
    """
    interval = rate_interval([True, True, False, False, True], ["a", "a", "b", "b", "c"])
    trials, z = 5 / 1.8, 1.959963984540054
    middle, whole = 0.6 + z**2 / (2 * trials), 1 + z**2 / trials
    half = z * (0.24 / trials + z**2 / (4 * trials**2)) ** 0.5
    assert interval == pytest.approx(((middle - half) / whole, (middle + half) / whole))


def test_lesions_that_disagree_within_do_not_narrow_it() -> None:
    hits, lesions = np.array([True, False] * 10), np.repeat(np.arange(10), 2)
    assert rate_interval(hits, lesions) == pytest.approx(wilson_interval(10, 20))


def test_one_lesion_is_worth_one_image() -> None:
    lesions = ["a"] * 6
    assert rate_interval([True] * 6, lesions) == pytest.approx(wilson_interval(1, 1))
    low, high = rate_interval([True, True, True, False, False, False], lesions) or ()
    assert low < 0.1 and high > 0.9


def test_several_rates_at_once_are_each_of_them() -> None:
    generator = np.random.default_rng(1)
    hits, lesions = generator.random((7, 30)) < 0.7, generator.integers(0, 12, 30)
    low, high = rate_intervals(hits, lesions)
    for row, ends in zip(hits, zip(low, high, strict=True), strict=True):
        assert rate_interval(row, lesions) == pytest.approx(ends, abs=1e-12)


def test_the_order_of_images_does_not_matter() -> None:
    generator = np.random.default_rng(2)
    hits, lesions = generator.random(30) < 0.7, generator.integers(0, 12, 30)
    order = generator.permutation(30)
    assert rate_interval(hits[order], lesions[order]) == pytest.approx(
        rate_interval(hits, lesions), abs=1e-12
    )


@pytest.mark.parametrize("rate", [0.9, 0.6])
def test_the_truth_lies_within_95_of_100_intervals(rate: float) -> None:
    """176 lesions of one to four images, as alike as called on HAM10000's test part."""
    generator = np.random.default_rng(1)
    sizes = generator.choice([1, 2, 3, 4], 176, p=[0.5, 0.35, 0.1, 0.05])
    lesions, runs = np.repeat(np.arange(176), sizes), 2000
    shared = np.repeat(generator.random((runs, 176)) < rate, sizes, axis=1)
    own = generator.random((runs, len(lesions))) < rate
    hits = np.where(np.repeat(generator.random((runs, 176)) < 0.8, sizes, axis=1), shared, own)
    low, high = rate_intervals(hits, lesions)
    assert 0.93 <= ((low <= rate) & (rate <= high)).mean() <= 0.97
    plain = np.array([wilson_interval(int(n), len(lesions)) for n in hits.sum(axis=1)])
    assert ((plain[:, 0] <= rate) & (rate <= plain[:, 1])).mean() < 0.92
