import pytest
from hypothesis import given
from hypothesis import strategies as st

from lesion_pipeline.score.intervals import wilson_interval


@given(st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_it_is_what_the_formula_says(counts: tuple[int, int]) -> None:
    hits, trials = counts
    z, rate = 1.959963984540054, hits / trials
    middle = (rate + z**2 / (2 * trials)) / (1 + z**2 / trials)
    half = z / (1 + z**2 / trials) * (rate * (1 - rate) / trials + z**2 / 4 / trials**2) ** 0.5
    assert wilson_interval(hits, trials) == pytest.approx([middle - half, middle + half], abs=1e-12)


def test_a_published_case() -> None:
    """81 of 263, Newcombe 1998, Stat. Med. 17:857-872, table I, method 3."""
    assert wilson_interval(81, 263) == pytest.approx([0.2553, 0.3662], abs=5e-5)


def test_none_of_none_has_no_interval() -> None:
    assert wilson_interval(0, 0) is None


@pytest.mark.parametrize("counts", [(1, 0), (-1, 5), (6, 5)])
def test_impossible_counts_are_refused(counts: tuple[int, int]) -> None:
    with pytest.raises(ValueError):
        wilson_interval(*counts)
