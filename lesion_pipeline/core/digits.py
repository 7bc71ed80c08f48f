"""As many digits as are meant, so that the last bits of a calculation can't change a file.

A logarithm, an optimiser or a sum in another order differs in the 15th or 16th digit between
processors. Tables and JSON have 6 significant digits. A value whose 7th digit decides would still
differ, so numbers are rounded to 12 digits first: then one that lies exactly in the middle, as
1/512 = 0.001953125 does, is rounded the same way whatever its last bits are. What remains are
values within 1e-15 of the middle between two numbers of 12 digits just there: one in a billion.
"""

import math
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

DIGITS: Final = 6  # significant, of every number in a table or in JSON
STEADY: Final = 12  # digits that no order of a sum changes
DECIMALS: Final = 6  # of a predicted probability
# A key of JSON or a column whose values are kept in full: a threshold lies between two predicted
# probabilities, and rounded it could come to lie on the other side of one.
EXACT: Final = "threshold"


def rounded(value: Any) -> Any:
    """Round a float to DIGITS significant digits; a whole number keeps all of its digits.

    Args:
        value: a float, which may be infinite or NaN; anything else is returned as it is.
    """
    if not isinstance(value, float | np.floating) or not math.isfinite(value):
        return value
    number = float(value)
    if number.is_integer():
        return number
    return float(f"{float(f'{number:.{STEADY}g}'):.{DIGITS}g}")


def rounded_content(content: Any) -> Any:
    """Round all floats in what fits JSON, but for those under the key EXACT."""
    if isinstance(content, dict):
        pairs = content.items()
        return {key: value if key == EXACT else rounded_content(value) for key, value in pairs}
    if isinstance(content, list | tuple):
        return [rounded_content(item) for item in content]
    return rounded(content)


def round_probabilities(probabilities: ArrayLike) -> NDArray[np.float64]:
    """Round probabilities, of any shape, to DECIMALS decimals, as float64.

    A float32 of a network has about seven digits, of which the last one or two are chance.
    """
    return np.asarray(np.round(np.asarray(probabilities, np.float64), DECIMALS))
