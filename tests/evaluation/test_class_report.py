"""Reports by class, compared with hand-worked cases and scikit-learn."""

import math
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as sk

from lesion_pipeline.core.labels import DIAGNOSES
from lesion_pipeline.evaluation.class_report import (
    accuracies,
    class_report,
    confusion_counts,
    has_diagnoses,
    most_probable,
    weighted_accuracies,
)
from lesion_pipeline.scores.results import Resamples
from lesion_pipeline.statistics.bootstrap import lesion_weights

NAMES = list(DIAGNOSES)
ACTUAL = np.array(["nv", "nv", "nv", "mel", "mel", "bcc"])
PREDICTED = np.array(["nv", "nv", "mel", "mel", "nv", "nv"])


def table(actual: np.ndarray, predicted: np.ndarray) -> pd.DataFrame:
    probabilities = 0.05 + 0.65 * (predicted[:, None] == np.array(NAMES))
    return pd.DataFrame({"dx": actual}).join(pd.DataFrame(probabilities, columns=NAMES))


def test_a_report_worked_by_hand() -> None:
    report = class_report(ACTUAL, PREDICTED, ["nv", "mel", "bcc", "df"]).set_index("class")
    assert report.loc["nv"].tolist() == pytest.approx([2 / 4, 2 / 3, 4 / 7, 3])
    assert report.loc["mel"].tolist() == pytest.approx([1 / 2, 1 / 2, 1 / 2, 2])
    # bcc is never predicted, df has neither images nor predictions.
    assert report.loc["bcc"].tolist() == pytest.approx([math.nan, 0, 0, 1], nan_ok=True)
    assert report.loc["df"].tolist() == pytest.approx([math.nan] * 3 + [0], nan_ok=True)


def test_counts_worked_by_hand() -> None:
    counts = confusion_counts(ACTUAL, PREDICTED, ["nv", "mel", "bcc"])
    assert list(counts) == ["actual", "nv", "mel", "bcc"]
    assert counts.to_numpy().tolist() == [["nv", 2, 1, 0], ["mel", 1, 1, 0], ["bcc", 1, 0, 0]]


def test_accuracies_worked_by_hand() -> None:
    figures = accuracies(table(ACTUAL, PREDICTED)).values
    expected = {"accuracy": 3 / 6, "balanced_accuracy": (2 / 3 + 1 / 2 + 0) / 3}
    assert figures == pytest.approx(expected, abs=1e-12)


def test_accuracies_of_resamples_are_those_of_scikit_learn() -> None:
    generator = np.random.default_rng(1)
    actual, other = (generator.choice(NAMES, 40) for _ in range(2))
    predicted = np.where(generator.random(40) < 0.6, actual, other)
    weights = next(lesion_weights(np.arange(40) // 2, Resamples(samples=50, seed=1)))
    found = weighted_accuracies(actual, predicted, weights)
    for row, times in enumerate(weights):
        repeated = np.repeat(actual, times), np.repeat(predicted, times)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of classes that are predicted only
            balanced = sk.balanced_accuracy_score(*repeated)
        assert found["balanced_accuracy"][row] == pytest.approx(balanced, abs=1e-12)
        assert found["accuracy"][row] == pytest.approx(sk.accuracy_score(*repeated), abs=1e-12)


def test_the_most_probable_is_named_and_of_equals_the_first() -> None:
    probabilities = pd.DataFrame([[0.1] * 6 + [0.4], [1 / 7] * 7], columns=NAMES)
    assert most_probable(probabilities[NAMES[::-1]]).tolist() == ["vasc", "akiec"]


def test_only_all_seven_make_diagnoses() -> None:
    probabilities = table(ACTUAL, PREDICTED)
    assert has_diagnoses(probabilities)
    assert not has_diagnoses(probabilities.drop(columns="df"))


def test_by_frequency_a_rare_diagnosis_is_chosen_although_it_is_less_probable() -> None:
    names = list(DIAGNOSES)
    outputs = np.zeros((2, 7))
    outputs[:, names.index("nv")], outputs[:, names.index("mel")] = (0.8, 0.95), (0.2, 0.05)
    predictions = pd.DataFrame(outputs, columns=names)
    assert most_probable(predictions).tolist() == ["nv", "nv"]
    frequencies = {"nv": 90, "mel": 10, "df": 0}
    assert most_probable(predictions, frequencies).tolist() == ["mel", "nv"]  # .2 / 10 > .8 / 90


def test_by_frequency_balanced_accuracy_is_higher_and_accuracy_lower() -> None:
    """Two diagnoses of unequal frequency whose feature overlaps."""
    generator = np.random.default_rng(1)
    dx = np.repeat(["nv", "mel"], (3600, 400))
    feature = generator.normal(size=4000) + 1.5 * (dx == "mel")
    odds = np.exp(1.5 * feature - 1.5**2 / 2) * 400 / 3600
    predictions = pd.DataFrame(0.0, index=range(4000), columns=list(DIAGNOSES)).assign(dx=dx)
    predictions = predictions.assign(mel=odds / (1 + odds), nv=1 / (1 + odds))
    plain = accuracies(predictions).values
    by_frequency = accuracies(predictions, {"nv": 3600, "mel": 400}).values
    assert by_frequency["balanced_accuracy"] > plain["balanced_accuracy"] + 0.1
    assert by_frequency["accuracy"] < plain["accuracy"] - 0.05
