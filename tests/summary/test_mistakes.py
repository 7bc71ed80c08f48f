"""Which images are called wrongly, and in what order."""

import math

import numpy as np
import pandas as pd
import pytest

from lesion_pipeline.summary.mistakes import MISTAKE_COLUMNS, confidence, mistakes_table

CASES = pd.DataFrame(
    {
        "image_id": ["a", "b", "c", "d", "e", "f"],
        "lesion_id": ["A", "B", "C", "D", "E", "F"],
        "dx": ["mel", "nv", "mel", "nv", "bcc", "df"],
        "age": [30.0, math.nan, 50.0, 60.0, 70.0, 80.0],
        "sex": "female",
        "site": "back",
        "label": [1, 0, 1, 0, 1, 0],
        "probability": [0.9, 0.4, 0.02, 0.05, 0.19, 0.2],
    }
)


def test_mistakes_worked_by_hand() -> None:
    """At .2, odds 1/4: b has odds 2/3, 2.7 times that; c 1/49, a twelfth; e a little less."""
    found = mistakes_table(CASES, 0.2)
    assert list(found.columns) == list(MISTAKE_COLUMNS)
    assert found["image_id"].tolist() == ["c", "b", "e", "f"]
    assert found["kind"].tolist() == [
        "false_negative", "false_positive", "false_negative", "false_positive",
    ]  # fmt: skip
    assert found["confidence"].tolist() == pytest.approx(
        [math.log(49 / 4), math.log(8 / 3), math.log(81 / 19 / 4), 0]
    )


def test_a_miss_and_a_false_alarm_of_equal_odds_are_equally_confident() -> None:
    low, high = confidence([1 / 41, 10 / 14], 0.2)  # odds of a tenth and of ten times 1/4
    assert low == pytest.approx(math.log(10)) == high


@pytest.mark.parametrize("threshold", [0.0, 0.5, 1.0])
def test_certainty_is_finite(threshold: float) -> None:
    assert np.isfinite(confidence([0.0, 1.0], threshold)).all()


def test_equals_stand_in_the_order_of_their_names() -> None:
    equal = CASES.assign(probability=0.5, label=0).sample(frac=1, random_state=1)
    assert mistakes_table(equal, 0.2)["image_id"].tolist() == list("abcdef")


def test_no_mistake_is_an_empty_table() -> None:
    right = CASES.assign(probability=CASES["label"].astype(float))
    found = mistakes_table(right, 0.5)
    assert found.empty and list(found.columns) == list(MISTAKE_COLUMNS)
