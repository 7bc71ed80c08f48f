"""How near two runtimes are."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from lesion_pipeline.bundle.agreement import agreement
from lesion_pipeline.bundle.results import Agreement
from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.labels import DIAGNOSES, MALIGNANT

LABELS = np.array([0, 0, 1, 1])
REFERENCE = np.array([[0.1], [0.4], [0.6], [0.9]])  # ranks all four right


def test_equal_outputs() -> None:
    assert agreement(LABELS, REFERENCE, REFERENCE, MALIGNANT, 0.5) == Agreement(
        max_probability_difference=0.0, roc_auc_difference=0.0, same_decisions=1.0, images=4
    )


def test_figures_by_hand() -> None:
    outputs = np.array([[0.1], [0.55], [0.5], [0.9]])  # one pair of four wrong, one decision turned
    found = agreement(LABELS, REFERENCE, outputs, MALIGNANT, 0.5)
    assert found.max_probability_difference == pytest.approx(0.15)
    assert found.roc_auc_difference == pytest.approx(-1 / 4)
    assert found.same_decisions == 3 / 4


def test_a_lower_probability_differs_as_a_higher_one_does() -> None:
    outputs = np.array([[0.1], [0.4], [0.6], [0.7]])
    found = agreement(LABELS, REFERENCE, outputs, MALIGNANT, 0.5)
    assert found.max_probability_difference == pytest.approx(0.2)


def test_a_diagnosis_may_move_though_malignancy_stays() -> None:
    reference = np.full((4, 7), 0.1)
    reference[:, 0] = [0.1, 0.2, 0.3, 0.4]
    outputs = reference.copy()
    benign = list(DIAGNOSES).index("nv"), list(DIAGNOSES).index("df")
    outputs[2, benign] = 0.15, 0.05
    found = agreement(LABELS, reference, outputs, MALIGNANT, 0.5)
    assert found.max_probability_difference == pytest.approx(0.05)
    assert found.roc_auc_difference == 0 and found.same_decisions == 1


def test_areas_are_those_of_scikit_learn() -> None:
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 2, 200)
    first, second = generator.random((2, 200, 1)).round(1)  # with ties
    expected = roc_auc_score(labels, second) - roc_auc_score(labels, first)
    found = agreement(labels, first, second, MALIGNANT, 0.5)
    assert found.roc_auc_difference == pytest.approx(expected)


@pytest.mark.parametrize(
    ("labels", "outputs", "error", "message"),
    [
        (LABELS, np.full((4, 1), np.nan), DataError, "probabilities from 0 to 1, received nan"),
        (LABELS, REFERENCE + 0.2, DataError, "probabilities from 0 to 1, received 1.1"),
        (LABELS * 0, REFERENCE, DataError, "expected labels 0 and 1"),
        (LABELS, REFERENCE[:3], ValueError, r"expected outputs \(4, 1\), received \(3, 1\)"),
    ],
)
def test_outputs_that_cannot_be_compared(
    labels: np.ndarray, outputs: np.ndarray, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        agreement(labels, REFERENCE, outputs, MALIGNANT, 0.5)
