"""Classes, the positive side and the one decision rule."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lesion_pipeline.labels import CLASSES, DIAGNOSES, decide, is_malignant


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
    assert CLASSES[is_malignant([dx])[0]] == name


def test_labels_keep_shape_and_order() -> None:
    labels = is_malignant([["mel", "nv"], ["df", "bcc"]])
    assert labels.dtype == np.int64
    assert labels.tolist() == [[1, 0], [0, 1]]


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
