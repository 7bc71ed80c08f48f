"""The same predictions, scored by the code of the ISIC challenges: see make_isic_scores.py."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lesion_pipeline.core.labels import DIAGNOSES
from lesion_pipeline.evaluation.class_report import accuracies
from lesion_pipeline.statistics.metrics import confusion, decision_metrics, ranking_metrics

SCORES: dict[str, Any] = json.loads(Path(__file__).with_name("isic_scores.json").read_text())
ACTUAL = np.array(SCORES["actual"])
PROBABILITIES = pd.DataFrame(SCORES["probabilities"])


def test_the_file_has_something_to_say() -> None:
    assert list(PROBABILITIES) == list(SCORES["per_class"]) == list(DIAGNOSES)
    assert set(ACTUAL) == set(DIAGNOSES)
    values = [value for of in SCORES["per_class"].values() for value in of.values()]
    assert len(set(values)) > 30


def test_balanced_accuracy_of_the_seven_diagnoses() -> None:
    figures = accuracies(PROBABILITIES.assign(dx=ACTUAL)).values
    assert figures["balanced_accuracy"] == pytest.approx(SCORES["balanced_accuracy"], abs=1e-12)


@pytest.mark.parametrize("name", DIAGNOSES)
def test_one_diagnosis_against_the_rest(name: str) -> None:
    expected = SCORES["per_class"][name]
    labels, scores = (name == ACTUAL).astype(np.int64), PROBABILITIES[name].to_numpy()
    ranking = ranking_metrics(labels, scores)
    assert ranking["roc_auc"] == pytest.approx(expected["auc"], abs=1e-12)
    assert ranking["pr_auc"] == pytest.approx(expected["ap"], abs=1e-12)
    over_half = float(np.nextafter(0.5, 1))  # theirs is a decision by > .5
    rates = decision_metrics(confusion(labels, scores, over_half))
    for mine, theirs in (
        ("accuracy", "accuracy"), ("sensitivity", "sensitivity"), ("specificity", "specificity"),
        ("ppv", "ppv"), ("npv", "npv"), ("f1_score", "dice"),
    ):  # fmt: skip
        assert rates[mine] == pytest.approx(expected[theirs], abs=1e-12)
