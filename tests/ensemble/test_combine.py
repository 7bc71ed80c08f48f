"""The mean of members, by hand."""

import numpy as np
import pytest

from lesion_pipeline.ensemble.combine import FLOOR, combine

HALF = np.array([0.5, 0.5])


def test_probabilities_are_averaged() -> None:
    outputs = np.array([[[0.2], [0.6]], [[0.4], [1.0]]])
    np.testing.assert_allclose(combine(outputs, HALF, "probabilities"), [[0.3], [0.8]])
    found = combine(outputs, np.array([0.75, 0.25]), "probabilities")
    np.testing.assert_allclose(found, [[0.25], [0.7]])


def test_logits_of_two_classes_are_averaged() -> None:
    outputs = np.array([[[0.5]], [[0.9]]])  # odds 1 and 9: their geometric mean is 3
    np.testing.assert_allclose(combine(outputs, HALF, "logits"), [[0.75]])


def test_logits_of_several_classes_are_averaged() -> None:
    outputs = np.array([[[0.1, 0.9, 0]], [[0.4, 0.4, 0.2]]]) + 0.0
    roots = np.sqrt([0.1 * 0.4, 0.9 * 0.4, FLOOR * 0.2])
    np.testing.assert_allclose(combine(outputs, HALF, "logits"), [roots / roots.sum()])


def test_a_member_that_is_certain_is_not_taken_at_its_word() -> None:
    found = combine(np.array([[[0.0]], [[0.5]]]), HALF, "logits")
    odds = np.sqrt(FLOOR)  # 1 - 0 stays 1
    np.testing.assert_allclose(found, [[odds / (1 + odds)]])


@pytest.mark.parametrize("average", ["probabilities", "logits"])
def test_many_sets_of_weights_at_once(average) -> None:  # type: ignore[no-untyped-def]
    outputs = np.random.default_rng(0).dirichlet(np.ones(7), size=(3, 5))
    sets = np.array([[1, 0, 0], [0.5, 0.25, 0.25]])
    found = combine(outputs, sets, average)
    assert found.shape == (2, 5, 7)
    for weights, one in zip(sets, found, strict=True):
        np.testing.assert_allclose(one, combine(outputs, weights, average))
    np.testing.assert_allclose(found.sum(axis=-1), 1)
    if average == "probabilities":
        np.testing.assert_allclose(found[0], outputs[0])
