"""The main figures as a table."""

import pandas as pd
import pytest

from lesion_pipeline.evaluation.evaluate import evaluate
from lesion_pipeline.scores.results import Evaluation, OperatingPoint
from lesion_pipeline.summary.headline import headline_document
from lesion_pipeline.text_table import CaptionedTable
from lesion_pipeline.threshold.tune_threshold import tune_threshold
from tests.small_params import EVALUATE_ROWS as EVALUATE
from tests.small_params import THRESHOLD_ROWS as THRESHOLD

VAL = pd.DataFrame(
    {
        "image_id": list("abcdefgh"),
        "lesion_id": ["1", "1", "2", "3", "3", "4", "5", "6"],
        "dx": ["mel", "mel", "bcc", "nv", "nv", "nv", "df", "bkl"],
        "label": [1, 1, 1, 0, 0, 0, 0, 0],
        "probability": [0.875, 0.75, 0.0625, 0.5, 0.5, 0.25, 0.125, 0.0],
    }
)
TEST = VAL.assign(
    image_id=list("ijklmnop"), probability=[0.75, 0.75, 0.625, 0.5, 0.25, 0.25, 0.125, 0.0]
)


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    train = VAL.assign(image_id=list("qrstuvwx"))
    parts = {"train": train, "val": VAL, "test": TEST}
    table = pd.concat([part.assign(split=split) for split, part in parts.items()])
    table = table.assign(age=40.0, sex="male", localization="back", dx_type="histo")
    return evaluate(VAL, TEST, table, EVALUATE).evaluation


def made(evaluation: Evaluation, fixed: float = 0.375) -> tuple[CaptionedTable, OperatingPoint]:
    params = THRESHOLD.model_copy(update={"fixed": fixed})
    point = tune_threshold(VAL, TEST, params).point
    return headline_document(evaluation, point), point


def test_val_comes_first_and_each_figure_has_its_interval(evaluation: Evaluation) -> None:
    document, point = made(evaluation)
    assert list(document.table) == ["", "val", "test"]
    shown = document.table.set_index("")
    assert shown.loc["images (malignant)"].tolist() == ["8 (3)", "8 (3)"]
    assert shown.loc["lesions (malignant)"].tolist() == ["6 (2)", "6 (2)"]
    low, high = point.test.lesions.specificity_interval
    # Of the lesions 3, 4, 5 and 6, whose means on test are .375 and lower, one reaches .375.
    assert shown.loc["specificity, by lesion", "test"] == f"0.750 ({low:.3f} to {high:.3f})"
    low, high = evaluation.val.roc_auc_interval
    expected = f"{evaluation.val.roc_auc:.3f} ({low:.3f} to {high:.3f})"
    assert shown.loc["ROC-AUC, by image", "val"] == expected
    assert "for reporting only" in " ".join(document.note.split())
    assert "0.375" in document.note


def test_val_of_folds_is_said_to_be_out_of_fold(evaluation: Evaluation) -> None:
    plain, point = made(evaluation)
    document = headline_document(evaluation, point, out_of_fold=True)
    assert document.note.startswith(plain.note)
    assert document.note.endswith("by members of the network that were not trained on it.")


def test_what_is_undefined_is_said(evaluation: Evaluation) -> None:
    shown = made(evaluation, fixed=1.0)[0].table.set_index("")  # nobody is called malignant
    assert shown.loc["PPV, by image"].tolist() == ["undefined", "undefined"]
