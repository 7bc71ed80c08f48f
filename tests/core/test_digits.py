"""Digits that are meant: what is kept, what is rounded, and that last bits change nothing."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lesion_pipeline.core.digits import round_probabilities, rounded, rounded_content

NOISE = 4 * np.finfo(np.float64).eps


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (1 / 3, 0.333333),
        (2 / 3 * 1e-7, 6.66667e-8),
        (-1234.5678, -1234.57),
        (0.1, 0.1),
        (1234567.0, 1234567.0),  # whole numbers keep their digits
        (1 / 512, 0.00195312),  # just in the middle: to the even digit
        (0.1 + 0.2, 0.3),
        (np.float32(0.1), 0.1),
        (5, 5),
        (True, True),
        ("0.123456789", "0.123456789"),
        (None, None),
    ],
)
def test_floats_have_six_digits_and_all_else_is_kept(value: object, wanted: object) -> None:
    found = rounded(value)
    assert found == wanted and type(found) is type(wanted)


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_what_is_no_number_stays(value: float) -> None:
    assert str(rounded(value)) == str(value)


@given(value=st.floats(1e-300, 1e300), sign=st.sampled_from([-1, 1]))
def test_rounding_moves_by_half_a_digit_at_most(value: float, sign: int) -> None:
    found = rounded(sign * value)
    assert abs(found - sign * value) <= 0.5000001e-5 * value
    assert rounded(found) == found


@pytest.mark.parametrize("count", [2, 7, 32, 64, 128, 512, 1024, 1500])
def test_last_bits_of_a_fraction_change_nothing(count: int) -> None:
    """Fractions of a count are what metrics are; some lie just in the middle of two."""
    for number in range(1, count):
        value = number / count
        assert rounded(value * (1 + NOISE)) == rounded(value) == rounded(value * (1 - NOISE))


def test_a_value_that_moves_by_a_billionth_is_the_same_but_at_an_edge() -> None:
    values = np.random.default_rng(0).uniform(size=2000)
    moved = sum(rounded(value) != rounded(value * (1 + 1e-9)) for value in values)
    assert moved <= 10  # an edge is met by about one in a thousand


def test_content_is_rounded_but_for_thresholds() -> None:
    content = {
        "threshold": 1 / 3,
        "a": [1 / 3, {"b": (2 / 3, 7)}],
        "target": {"threshold": 0.12345678},
    }
    assert rounded_content(content) == {
        "threshold": 1 / 3, "a": [0.333333, {"b": [0.666667, 7]}],
        "target": {"threshold": 0.12345678},
    }  # fmt: skip


def test_probabilities_have_six_decimals() -> None:
    outputs = np.array([[1 / 3, 1e-7, 1.0], [0.9999999, 0.0000015, 0.25]], np.float32)
    found = round_probabilities(outputs)
    assert found.dtype == np.float64
    assert found.tolist() == [[0.333333, 0, 1], [1, 0.000002, 0.25]]
    table = pd.DataFrame(found)
    assert table.map(rounded).equals(table)  # so writing does not change them
