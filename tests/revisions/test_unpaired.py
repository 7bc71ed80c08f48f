"""Values of two revisions side by side."""

import pandas as pd
import pytest

from lesion_pipeline.revisions.read import DIFF_COLUMNS
from lesion_pipeline.revisions.unpaired import changes


@pytest.mark.parametrize(
    ("pair", "cells"),
    [
        ((0.5, 0.25), ["0.5", "0.25", "-0.2500"]),
        ((400, 401), ["400", "401"]),
        ((0.123456, None), ["0.1235", "-"]),
        ((None, "best"), ["-", "best"]),
        ((1, 1.5), ["1", "1.5"]),
        ((True, False), ["True", "False"]),
    ],
)
def test_a_difference_is_that_of_two_fractions(
    pair: tuple[object, object], cells: list[str]
) -> None:
    table = pd.DataFrame([("x", *pair)], columns=DIFF_COLUMNS, dtype=object)
    shown = changes(table, "a", "b")
    assert shown.to_numpy().tolist() == [["x", *cells]]
    assert list(shown.columns) == ["", "a", "b", "difference"][: 1 + len(cells)]
