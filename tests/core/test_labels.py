"""Classes, the positive side and the one decision rule."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lesion_pipeline.core.labels import (
    CLASSES,
    DIAGNOSES,
    MALIGNANT,
    decide,
    is_malignant,
    malignancy,
)


@pytest.mark.parametrize(
    ("dx", "name"),
    [
        ("akiec", "malignant"),
        ("bcc", "malignant"),
        ("bkl", "benign"),
        ("df", "benign"),
        ("mel", "malignant"),
        ("nv", "benign"),
        ("vasc", "benign"),
    ],
)
def test_each_diagnosis_has_its_class(dx: str, name: str) -> None:
    assert dx in DIAGNOSES
    assert CLASSES[is_malignant([dx], MALIGNANT)[0]] == name


def test_labels_keep_shape_and_order() -> None:
    labels = is_malignant([["mel", "nv"], ["df", "bcc"]], MALIGNANT)
    assert labels.dtype == np.int64
    assert labels.tolist() == [[1, 0], [0, 1]]


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_one_column_is_malignancy_itself(kind: type) -> None:
    said = malignancy(np.array([[0.25], [0.5]], kind), MALIGNANT)
    assert said.tolist() == [0.25, 0.5] and said.dtype == kind


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_of_seven_columns_the_malignant_ones_add_up(kind: type) -> None:
    each = {"akiec": 1, "bcc": 2, "bkl": 4, "df": 8, "mel": 16, "nv": 1, "vasc": 0}
    said = malignancy(np.array([[each[dx] / 32 for dx in DIAGNOSES]], kind), MALIGNANT)
    assert said.tolist() == [19 / 32] and said.dtype == kind


def test_what_is_malignant_is_a_matter_of_choice() -> None:
    assert is_malignant(["mel", "bkl", "bcc"], ("bkl", "mel")).tolist() == [1, 1, 0]
    each = {"akiec": 1, "bcc": 2, "bkl": 4, "df": 8, "mel": 16, "nv": 1, "vasc": 0}
    said = malignancy([[each[dx] / 32 for dx in DIAGNOSES]], ("bkl", "mel"))
    assert said.tolist() == [20 / 32]


def test_malignancy_is_never_above_1() -> None:
    above = [0.0] * len(DIAGNOSES)
    above[0] = above[1] = above[4] = np.nextafter(np.float32(1 / 3), np.float32(1))
    assert malignancy(np.array([above], np.float32), MALIGNANT).tolist() == [1.0]


@pytest.mark.parametrize("shape", [(7,), (2, 2), (2, 6), (2, 8), (2, 7, 1)])
def test_malignancy_of_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(
        ValueError, match=re.escape(f"expected 1 or 7 columns, received shape {shape}")
    ):
        malignancy(np.zeros(shape), MALIGNANT)


@pytest.mark.parametrize(
    ("probability", "threshold", "label"),
    [
        (0.5, 0.5, 1),
        (np.nextafter(0.5, 0), 0.5, 0),
        (0.0, 0.0, 1),
        (1.0, 1.0, 1),
        (np.float32(0.1), 0.1, 1),  # 0.1 as float32 is a little more than 0.1
    ],
)
def test_malignant_from_the_threshold_on(probability: float, threshold: float, label: int) -> None:
    assert decide([probability], threshold).tolist() == [label]


@settings(max_examples=50, deadline=None)
@given(
    probabilities=st.lists(st.floats(0, 1)),
    thresholds=st.tuples(st.floats(0, 1), st.floats(0, 1)).map(sorted),
)
def test_a_higher_threshold_never_calls_more(
    probabilities: list[float], thresholds: list[float]
) -> None:
    low, high = (decide(probabilities, threshold) for threshold in thresholds)
    assert (high <= low).all()
