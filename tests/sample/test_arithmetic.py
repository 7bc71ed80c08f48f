import math

import numpy as np
import pytest

from lesion_pipeline.sample.arithmetic import (
    arctan2,
    cos_sin,
    exp,
    harmonics,
    hypot,
    log,
    power,
    rotate,
    sigmoid,
)

POINTS = np.random.default_rng(1).normal(size=(1000, 2)).astype(np.float32)
X, Y = POINTS.T


def test_exp() -> None:
    values = np.linspace(-79, 79, 10001, dtype=np.float32)
    np.testing.assert_allclose(exp(values), np.exp(values.astype(float)), rtol=1e-5)
    near = values[np.abs(values) <= 4]
    np.testing.assert_allclose(exp(near), np.exp(near.astype(float)), rtol=1e-6)


def test_exp_of_0_is_1_and_of_extremes_finite() -> None:
    low, one, high = exp(np.array([-1e9, 0, 1e9], np.float32))
    assert 0 < low < 1e-34 and one == 1 and 1e34 < high < np.inf


def test_sigmoid() -> None:
    values = np.linspace(-100, 100, 10001, dtype=np.float32)
    expected = 1 / (1 + np.exp(-values.astype(float)))
    np.testing.assert_allclose(sigmoid(values), expected, atol=1e-6)


def test_log() -> None:
    values = np.geomspace(0.01, 100, 10001, dtype=np.float32)
    np.testing.assert_allclose(log(values), np.log(values.astype(float)), rtol=0, atol=1e-6)
    np.testing.assert_allclose(log(np.zeros(1, np.float32)), -88, atol=0.1)


@pytest.mark.parametrize("exponent", [0.9, 1.0, 1.15])
def test_power(exponent: float) -> None:
    base = np.linspace(0, 1, 10001, dtype=np.float32)
    np.testing.assert_allclose(power(base, exponent), base.astype(float) ** exponent, atol=1e-6)


def test_hypot_and_rotate() -> None:
    np.testing.assert_array_equal(hypot(np.float32([3, 5]), np.float32([4, 12])), [5, 13])
    x, y = rotate(np.float32([1, 0]), np.float32([0, 1]), math.pi / 6)
    np.testing.assert_allclose([x, y], [[0.75**0.5, 0.5], [-0.5, 0.75**0.5]], atol=1e-7)


def test_cos_and_sin_of_an_array_and_of_each_angle() -> None:
    angles = np.linspace(-1000, 1000, 1001)
    cos, sin = cos_sin(angles)
    np.testing.assert_allclose(cos, np.cos(angles), rtol=0, atol=1e-12)
    np.testing.assert_allclose(sin, np.sin(angles), rtol=0, atol=1e-12)
    assert [cos_sin(angle) for angle in angles.tolist()] == list(zip(cos, sin, strict=True))


def test_arctan2() -> None:
    points = [*POINTS.tolist(), (0, 0), (1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, -1)]
    for x, y in points:
        assert arctan2(y, x) == pytest.approx(math.atan2(y, x), abs=1e-12)


def test_harmonics() -> None:
    angle = np.arctan2(Y.astype(float), X)
    for k, (cos, sin) in enumerate(harmonics(X, Y, 8), start=1):
        np.testing.assert_allclose(cos, np.cos(k * angle), rtol=0, atol=2e-6)
        np.testing.assert_allclose(sin, np.sin(k * angle), rtol=0, atol=2e-6)


def test_the_angle_of_no_vector_is_0() -> None:
    nothing = np.zeros(1, np.float32)
    for cos, sin in harmonics(nothing, nothing, 3):
        assert (cos, sin) == (1, 0)


def test_results_are_float32() -> None:
    x = np.float32([0.25, 0.5])
    results = [exp(x), sigmoid(x), log(x), power(x, 0.9), hypot(x, x), *rotate(x, x, 1.0)]
    results += [part for pair in harmonics(x, x, 2) for part in pair]
    assert {result.dtype for result in results} == {np.dtype(np.float32)}
