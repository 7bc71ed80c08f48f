"""What a physician asks first, worked by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from lesion_pipeline.core.labels import CLASSES, DIAGNOSES, MALIGNANT, is_malignant
from lesion_pipeline.scores.results import Resamples
from lesion_pipeline.statistics.intervals import rate_interval
from lesion_pipeline.statistics.roc_interval import roc_auc_interval
from lesion_pipeline.summary.clinical import ClinicalQuestions, clinical_table
from lesion_pipeline.vocabulary import UNDIAGNOSED

QUESTIONS = ClinicalQuestions(0.5, MALIGNANT, 1, Resamples(samples=50, seed=1))
CASES = pd.DataFrame(
    {
        "lesion_id": ["a", "a", "b", "c", "d", "e", "f", "g"],
        "dx": ["mel", "mel", "bcc", "akiec", "nv", "nv", "bkl", "nv"],
        "dx_type": ["histo"] * 4 + ["histo", "follow_up", "histo", None],
        "label": [1, 1, 1, 1, 0, 0, 0, 0],
        "probability": [0.9, 0.4, 0.8, 0.3, 0.7, 0.1, 0.2, 0.05],
    }
)


def answers(cases: pd.DataFrame, questions: ClinicalQuestions = QUESTIONS) -> pd.DataFrame:
    return clinical_table(cases, questions).set_index("figure")


def test_each_cancer_has_its_own_sensitivity() -> None:
    table = answers(CASES)
    assert list(table.index[:3]) == ["sensitivity_akiec", "sensitivity_bcc", "sensitivity_mel"]
    assert table["value"].iloc[:3].tolist() == [0, 1, 0.5]
    assert table.loc["sensitivity_mel", ["images", "lesions"]].tolist() == [2, 1]
    ends = table.loc["sensitivity_mel", ["value_low", "value_high"]].tolist()
    assert ends == list(rate_interval([True, False], ["a", "a"]) or ())


def test_benign_lesions_are_parted_by_whether_they_were_biopsied() -> None:
    table = answers(CASES)
    assert table.loc["specificity_histology", ["value", "images"]].tolist() == [0.5, 2]
    assert table.loc["specificity_no_histology", ["value", "images"]].tolist() == [1, 2]


def test_the_ranking_with_histology_is_that_of_those_images() -> None:
    table, part = answers(CASES), CASES[CASES["dx_type"] == "histo"]
    columns = [part[name].to_numpy() for name in ("label", "probability")]
    found = table.loc["roc_auc_histology"]
    assert found["value"] == pytest.approx(roc_auc_score(*columns))
    assert found["images"] == 6
    wanted = roc_auc_interval(columns[0], columns[1], part["lesion_id"])
    assert (found["value_low"], found["value_high"]) == wanted
    assert table.loc["pr_auc_histology", "value"] == pytest.approx(
        average_precision_score(*columns)
    )


def test_without_diagnoses_melanoma_is_ranked_by_the_probability_of_malignancy() -> None:
    found = answers(CASES).loc["roc_auc_melanoma", "value"]
    assert found == pytest.approx(roc_auc_score(CASES["dx"] == "mel", CASES["probability"]))


def test_with_diagnoses_each_question_has_its_own_probability() -> None:
    generator = np.random.default_rng(1)
    dx = np.array(list(DIAGNOSES) * 12)
    cases = pd.DataFrame({"lesion_id": np.arange(84) // 2, "dx": np.repeat(dx[:42], 2)})
    cases = cases.assign(dx_type="histo", label=is_malignant(cases["dx"], MALIGNANT))
    outputs = generator.dirichlet(np.ones(7), 84)
    cases[list(DIAGNOSES)] = outputs
    cases["probability"] = cases[list(MALIGNANT)].sum(axis=1)
    table = answers(cases)
    truth = cases["dx"]
    assert table.loc["roc_auc_melanoma", "value"] == pytest.approx(
        roc_auc_score(truth == "mel", cases["mel"])
    )
    assert table.loc["pr_auc_akiec_benign", "value"] == pytest.approx(
        average_precision_score(truth.isin(["bcc", "mel"]), cases["bcc"] + cases["mel"])
    )
    ends = table.loc["pr_auc_akiec_benign", ["value_low", "value_high"]]
    assert ends.iloc[0] < table.loc["pr_auc_akiec_benign", "value"] < ends.iloc[1]


def test_few_lesions_have_no_ranking() -> None:
    table = answers(CASES, ClinicalQuestions(0.5, MALIGNANT, 3, QUESTIONS.resamples))
    assert table.loc["roc_auc_histology"].iloc[:3].isna().all()  # three cancers, two benign
    assert table.loc["roc_auc_melanoma"].iloc[:3].isna().all()  # one melanoma
    assert table.loc["roc_auc_akiec_benign"].iloc[:3].isna().all()


def test_questions_that_are_the_main_one_are_left_out() -> None:
    only = ClinicalQuestions(0.5, ("mel",), 1, QUESTIONS.resamples)
    cases = CASES.assign(label=(CASES["dx"] == "mel").astype(int))
    assert list(answers(cases, only).index) == [
        "sensitivity_mel", "specificity_histology", "specificity_no_histology",
        "roc_auc_histology", "pr_auc_histology",
    ]  # fmt: skip


def test_a_cancer_that_does_not_occur_has_a_row_without_a_value() -> None:
    table = answers(CASES[CASES["dx"] != "bcc"])
    assert table.loc["sensitivity_bcc"].iloc[:3].isna().all()
    assert table.loc["sensitivity_bcc", "images"] == 0


def test_of_labels_without_diagnoses_only_histology_is_told() -> None:
    table = CASES.assign(dx=np.take(CLASSES, CASES["label"]))
    found = answers(table, replace(QUESTIONS, malignant=UNDIAGNOSED))
    assert list(found.index) == [
        "specificity_histology", "specificity_no_histology", "roc_auc_histology",
        "pr_auc_histology",
    ]  # fmt: skip


def test_without_any_dx_type_no_lesion_counts_as_without_histology() -> None:
    found = answers(CASES.assign(dx_type=np.nan))
    assert found.loc["specificity_no_histology", "images"] == 0
