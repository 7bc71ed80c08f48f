"""Elementary functions of the generated sample that give the same bits on every processor.

numpy and the C library choose among several implementations of exp, cos, arctan2, power or hypot
by the processor's instruction set; their last bits differ. Here everything is made of additions,
multiplications, divisions and square roots, one numpy operation each. IEEE 754 fixes the result
of these, and numpy never contracts two of them into one. Complex numbers, `@` and powers other
than squares are avoided for the same reason.
"""

import math
from collections.abc import Iterator
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float32]
Angle = TypeVar("Angle", float, NDArray[np.float64])

LOG_2: Final = 0.6931471805599453
LARGEST: Final = 80.0  # exp's arguments are clipped to +-LARGEST; e**-80 is 2e-35
MANTISSA_BITS: Final = 23  # of float32
EXPONENT_OF_1: Final = 127  # as float32 stores it
BITS_OF_SQRT_HALF: Final = 0x3F3504F3  # of float32(sqrt(0.5))
ROUNDER: Final = 1.5 * 2.0**52  # adding and subtracting it rounds a float64 to a whole number


def exp(values: Values) -> Values:
    """Return e**values.

    Args:
        values: float32 array of any shape, clipped to -80 to 80.

    Returns:
        float32 array of that shape, above 0; the relative error is below 1e-6 for -4 to 4, below
        1e-5 elsewhere.
    """
    twos = np.clip(values, -LARGEST, LARGEST) * np.float32(1 / LOG_2)
    whole = np.rint(twos)
    twos -= whole
    twos *= np.float32(LOG_2)
    # Taylor's series of e**x, |x| <= log(2) / 2.
    result = twos * np.float32(1 / 720)
    for factor in (1 / 120, 1 / 24, 1 / 6, 1 / 2, 1.0):
        result += np.float32(factor)
        result *= twos
    result += np.float32(1)
    result *= _power_of_two(whole.astype(np.int32))
    return result


def _power_of_two(exponent: NDArray[np.int32]) -> Values:
    """Write whole exponents, -126 to 127, into the bits of float32."""
    bits: Values = ((exponent + EXPONENT_OF_1) << MANTISSA_BITS).view(np.float32)
    return bits


def sigmoid(values: Values) -> Values:
    """Return 1 / (1 + e**-values), 0 to 1.

    Args:
        values: float32 array of any shape.

    Returns:
        float32 array of that shape.
    """
    result = exp(-values)
    result += np.float32(1)
    return np.divide(np.float32(1), result, out=result)


def log(values: Values) -> Values:
    """Return the natural logarithm.

    Args:
        values: C-contiguous float32 array of any shape, not negative, finite; 0 gives -88.

    Returns:
        float32 array of that shape; the absolute error is below 1e-6 for 0.01 to 100, below 1e-5
        elsewhere.
    """
    bits = values.view(np.int32)
    exponent = (bits - BITS_OF_SQRT_HALF) >> MANTISSA_BITS
    mantissa = (bits - (exponent << MANTISSA_BITS)).view(np.float32)  # sqrt(0.5) to sqrt(2)
    # log(m) = 2 artanh((m - 1) / (m + 1)), by its series; |x| <= 0.172.
    x = (mantissa - 1) / (mantissa + 1)
    square = x * x
    series = square * np.float32(1 / 7)
    for factor in (1 / 5, 1 / 3):
        series += np.float32(factor)
        series *= square
    series += np.float32(1)
    series *= x
    result: Values = series * np.float32(2) + exponent.astype(np.float32) * np.float32(LOG_2)
    return result


def power(base: Values, exponent: float) -> Values:
    """Return base**exponent.

    Args:
        base: C-contiguous float32 array of any shape, 0 to 1; 0 gives less than 1e-30 where the
            exponent is 0.9 or more.
        exponent: of all of them, 0 to 100.

    Returns:
        float32 array of that shape.
    """
    return exp(log(base) * np.float32(exponent))


def hypot(x: Values, y: Values) -> Values:
    """Return the length of the vectors (x, y), whose squares must not overflow."""
    length: Values = np.sqrt(x * x + y * y)
    return length


def cos_sin(angle: Angle) -> tuple[Angle, Angle]:
    """Return cosine and sine.

    Args:
        angle: in radians, a float or a float64 array, -1000 to 1000.

    Returns:
        Cosine and sine as floats or float64 arrays of that shape; the error is below 1e-12.
    """
    turns = (angle / math.tau + ROUNDER) - ROUNDER
    part = (angle - turns * math.tau) / 4
    s = part * part
    # Taylor's series for a quarter of the angle, |part| <= pi / 4, then doubled twice.
    cos, sin = 1.0 - s / 182, 1.0 - s / 210
    for even in (12, 10, 8, 6, 4, 2):
        cos = 1.0 - cos * s / (even * (even - 1))
        sin = 1.0 - sin * s / (even * (even + 1))
    sin = sin * part
    for _ in range(2):
        cos, sin = cos * cos - sin * sin, 2 * cos * sin
    return cos, sin


def rotate(x: Values, y: Values, angle: float) -> tuple[Values, Values]:
    """Return the coordinates of the points (x, y) along axes that are turned by the angle.

    Args:
        x: float32 array of any shape.
        y: float32 array of that shape.
        angle: in radians, from x towards y.

    Returns:
        Two float32 arrays of that shape.
    """
    cos, sin = (np.float32(part) for part in cos_sin(angle))
    return x * cos + y * sin, y * cos - x * sin


def arctan2(y: float, x: float) -> float:
    """Return the angle of the vector (x, y), -pi to pi; the error is below 1e-12."""
    longer, shorter = max(abs(x), abs(y)), min(abs(x), abs(y))
    t = shorter / longer if longer > 0 else 0.0
    for _ in range(2):  # tan(a / 2) from tan(a)
        t = t / (1 + math.sqrt(1 + t * t))
    series = 0.0  # of arctan; t <= 0.2
    for odd in range(17, 0, -2):
        series = 1 / odd - t * t * series
    angle = 4 * t * series
    if abs(y) > abs(x):
        angle = math.pi / 2 - angle
    if x < 0:
        angle = math.pi - angle
    return -angle if y < 0 else angle


def harmonics(x: Values, y: Values, count: int) -> Iterator[tuple[Values, Values]]:
    """Return cos(k * angle) and sin(k * angle) of the vectors (x, y) for k = 1 to count.

    Args:
        x: float32 array of any shape.
        y: float32 array of that shape; the angle is arctan2(y, x), that of (0, 0) is 0.
        count: how many pairs.

    Yields:
        Two float32 arrays of that shape, which the caller must not change.
    """
    length = hypot(x, y)
    none = length == 0
    length[none] = 1
    cos1, sin1 = x / length, y / length
    cos1[none] = 1
    cos, sin = cos1, sin1
    for k in range(1, count + 1):
        if k > 1:
            cos, sin = cos * cos1 - sin * sin1, sin * cos1 + cos * sin1
        yield cos, sin
