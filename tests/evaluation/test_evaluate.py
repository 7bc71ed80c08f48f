"""The figures of val and test."""

import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.files import read_json, write_figures, write_json
from lesion_pipeline.core.labels import DIAGNOSES
from lesion_pipeline.evaluation.baseline import BASELINES
from lesion_pipeline.evaluation.bootstrap import ranking_intervals
from lesion_pipeline.evaluation.calibration import calibration, calibration_error, fit_calibrator
from lesion_pipeline.evaluation.evaluate import EvaluateParams, Evaluation, draw, evaluate
from lesion_pipeline.evaluation.lesions import by_lesion
from lesion_pipeline.evaluation.metrics import probability_metrics, ranking_metrics

PARAMS = EvaluateParams(
    threshold=0.5, calibration="platt", calibration_bins=2, bootstrap_samples=200, seed=1
)
VAL = pd.DataFrame(
    {
        "image_id": ["1", "2", "3", "4", "5", "6", "7", "8"],
        "lesion_id": ["a", "a", "b", "c", "c", "d", "e", "f"],
        "label": [1, 1, 1, 0, 0, 0, 0, 0],
        "probability": [0.875, 0.75, 0.25, 0.5, 0.5, 0.25, 0.125, 0.0],
    }
)
TEST = pd.DataFrame(
    {
        "image_id": ["9", "10", "11"],
        "lesion_id": ["g", "h", "i"],
        "label": [0, 1, 0],
        "probability": [0.25, 0.75, 0.25],
    }
)
TRAIN = pd.DataFrame({"image_id": ["12", "13"], "lesion_id": ["j", "k"], "label": [0, 1]})
COLLECTION = pd.concat(
    [
        table.drop(columns="probability", errors="ignore").assign(
            split=split, age=40.0, sex="male", localization="back", dx_type="histo"
        )
        for split, table in (("train", TRAIN), ("val", VAL), ("test", TEST))
    ]
)
PLACES = ("val", "test")
HISTORY = pd.DataFrame(
    {"epoch": [1, 2], "loss": [0.9, 0.5], "val_roc_auc": [0.6, 0.8], "val_pr_auc": [0.5, 0.7]}
)


def scored(
    val: pd.DataFrame = VAL, test: pd.DataFrame = TEST, params: EvaluateParams = PARAMS
) -> Evaluation:
    return evaluate(val, test, COLLECTION, params)


def points(figures: dict[str, Any]) -> dict[str, float]:
    """Figures without their intervals and without what stands a level below."""
    return {
        name: value
        for name, value in figures.items()
        if not name.endswith("_interval") and not isinstance(value, dict)
    }


def with_diagnoses(table: pd.DataFrame) -> pd.DataFrame:
    dx = np.where(table["label"] == 1, "mel", "nv")
    said = {name: np.zeros(len(table)) for name in DIAGNOSES}
    said |= {"mel": table["probability"], "nv": 1 - table["probability"]}
    return table.assign(dx=dx, **said)


def test_figures_worked_by_hand() -> None:
    metrics = scored().metrics
    assert list(metrics) == ["val", "test"]
    at_threshold = metrics["val"]["at_threshold"]
    trust = calibration(VAL["label"].to_numpy(), VAL["probability"].to_numpy()).figures
    assert points(metrics["val"]) == pytest.approx(
        {
            "images": 8,
            "malignant": 3,
            "roc_auc": (5 + 5 + 2.5) / 15,  # .25 is above two of five and ties with one
            "pr_auc": (1 / 1 + 2 / 2 + 3 / 6) / 3,
            "brier_score": (2 * 1 / 64 + 2 * 1 / 16 + 9 / 16 + 2 * 1 / 4) / 8,
            "log_loss": -(2 * math.log(7 / 8) + 2 * math.log(3 / 4) + 4 * math.log(1 / 2)) / 8,
            **trust,
            # By probability 0, .125, .25, .25 (one malignant) and .5, .5, .75, .875 (two).
            "calibration_error": (abs(0.625 - 1) + abs(2.625 - 2)) / 8,
        },
        abs=1e-12,
    )
    assert at_threshold == {
        "threshold": 0.5,
        "accuracy": 5 / 8,
        "precision": 2 / 4,
        "recall": 2 / 3,
        "specificity": 3 / 5,
        "f1_score": 4 / 7,
        "tp": 2,
        "tn": 3,
        "fp": 2,
        "fn": 1,
    }


def test_the_intervals_are_those_of_the_lesions() -> None:
    figures = scored().metrics
    columns = [VAL[name].to_numpy() for name in ("label", "probability", "lesion_id")]
    expected = ranking_intervals(*columns, samples=PARAMS.bootstrap_samples, seed=PARAMS.seed)
    for name, interval in expected.items():
        assert figures["val"][f"{name}_interval"] == interval
        assert interval[0] < figures["val"][name] < interval[1]
        assert figures["test"][f"{name}_interval"] == [1.0, 1.0]


@pytest.mark.parametrize("change", [{"seed": 2}, {"bootstrap_samples": 201}])
def test_seed_and_number_of_resamples_have_a_say(change: dict[str, int]) -> None:
    noise = np.random.default_rng(1).random(60)
    val = pd.DataFrame(
        {"lesion_id": np.arange(60), "label": np.arange(60) % 2, "probability": noise}
    ).assign(image_id=[f"v{n}" for n in range(60)])
    more = val.assign(split="val", age=40.0, sex="male", localization="back", dx_type="histo")
    collection = pd.concat([COLLECTION, more])
    one, other = (
        evaluate(val, TEST, collection, params).metrics["val"]["roc_auc_interval"]
        for params in (PARAMS, PARAMS.model_copy(update=change))
    )
    assert one != other
    assert one == pytest.approx(other, abs=0.1)


def test_no_resamples_at_all_are_refused() -> None:
    values = PARAMS.model_dump() | {"bootstrap_samples": 0}
    with pytest.raises(ValidationError, match="bootstrap_samples"):
        EvaluateParams(**values)


def test_figures_are_plain_json(tmp_path: Path) -> None:
    metrics = scored().metrics
    write_json(tmp_path / "evaluate.json", metrics)
    assert read_json(tmp_path / "evaluate.json") == json.loads(json.dumps(metrics)) == metrics


def test_each_split_has_each_curve() -> None:
    evaluation = scored()
    names = ("roc", "pr", "calibration", "distribution", "decision", "confusion", "report")
    expected = {f"{name}_{split}" for name in names for split in ("val", "test")}
    assert set(evaluation.tables) == expected | {"calibrated_test"}
    assert list(evaluation.curves("calibration")) == ["val", "test"]
    assert evaluation.curves("calibration")["test"]["images"].tolist() == [2, 1]


def test_the_summary_has_a_line_a_split() -> None:
    evaluation = scored()
    evaluation.metrics["val"] |= {"roc_auc_interval": [0.5, 1], "pr_auc_interval": [0.25, 0.96875]}
    assert str(evaluation).splitlines() == [
        "val: ROC-AUC 0.8333 [95 %: 0.500 to 1.000], "
        "PR-AUC 0.8333 [95 %: 0.250 to 0.969] (8 images, 3 malignant)",
        "test: ROC-AUC 1.0000 [95 %: 1.000 to 1.000], "
        "PR-AUC 1.0000 [95 %: 1.000 to 1.000] (3 images, 1 malignant)",
    ]


def test_each_picture_can_be_written(tmp_path: Path) -> None:
    figures = draw(scored(), HISTORY, kept=2)
    write_figures(tmp_path, figures)
    names = [
        "calibration", "confusion_matrix", "decision", "distribution", "history",
        "precision_recall", "roc",
    ]  # fmt: skip
    assert sorted(file.stem for file in tmp_path.iterdir()) == names


def test_the_pictures_show_the_figures() -> None:
    figures = draw(scored(), HISTORY, kept=2)
    legend = [text.get_text() for text in figures["precision_recall"].axes[0].get_legend().texts]
    assert legend == ["val: PR-AUC 0.833", "test: PR-AUC 1.000", "chance (test): 0.333"]
    counts = [text.get_text() for axes in figures["confusion_matrix"].axes for text in axes.texts]
    assert counts == ["3", "2", "1", "2", "2", "0", "0", "1"]  # tn, fp, fn, tp of val and test

    panels = [axes.get_title() for axes in figures["calibration"].axes]
    assert panels == ["as the network says", "calibrated on val"]
    legends = [
        [text.get_text() for text in axes.get_legend().texts] for axes in figures["decision"].axes
    ]
    assert legends == [["network", "all", "none"], ["network", "calibrated", "all", "none"]]
    legend = [text.get_text() for text in figures["distribution"].axes[0].get_legend().texts]
    assert legend == ["benign (5)", "malignant (3)"]


def test_lesions_are_scored_by_the_mean_of_their_images() -> None:
    figures = scored().metrics["val"]["lesions"]
    lesions = by_lesion(VAL)
    labels, means = lesions["label"].to_numpy(), lesions["probability"].to_numpy()
    assert points(figures) == {
        "count": 6,
        "malignant": 2,
        **ranking_metrics(labels, means),
        **probability_metrics(labels, means),
    }
    expected = ranking_intervals(labels, means, lesions["lesion_id"], 200, 1)
    assert figures["roc_auc_interval"] == expected["roc_auc"]


@pytest.mark.parametrize("method", ["platt", "isotonic", "none"])
def test_the_calibrator_is_learnt_on_val_and_tried_on_test(method: Any) -> None:
    evaluation = scored(params=PARAMS.model_copy(update={"calibration": method}))
    columns = [VAL[name].to_numpy() for name in ("label", "probability")]
    assert evaluation.calibrator == fit_calibrator(*columns, method)
    labels = TEST["label"].to_numpy()
    after = evaluation.calibrator.apply(TEST["probability"])
    assert points(evaluation.metrics["test"]["calibrated"]) == {
        **probability_metrics(labels, after),
        **calibration(labels, after).figures,
        "calibration_error": calibration_error(labels, after, 2),
    }
    assert "calibrated" not in evaluation.metrics["val"]
    assert set(evaluation.tables["decision_test"]) - set(evaluation.tables["decision_val"]) == {
        "calibrated"
    }


def test_test_has_no_say_in_the_calibrator() -> None:
    other = TEST.assign(label=[1, 0, 1], probability=[0.125, 0.875, 0.5])
    assert scored(test=other).calibrator == scored().calibrator


def test_what_the_table_alone_gives_away_stands_beside() -> None:
    for figures in scored().metrics.values():
        assert list(figures["baselines"]) == list(BASELINES)
        for baseline in figures["baselines"].values():  # all images are alike here
            assert baseline["roc_auc"] == 0.5
            assert baseline["roc_auc_interval"] == [0.5, 0.5]


def test_diagnoses_are_reported_if_the_network_gives_them() -> None:
    plain, seven = scored(), scored(with_diagnoses(VAL), with_diagnoses(TEST))
    added = set(seven.tables) - set(plain.tables)
    assert added == {f"{n}_{s}" for n in ("diagnoses", "confusion_diagnoses") for s in PLACES}
    val = seven.metrics["val"]["diagnoses"]
    # mel at .875 and .75 and not at .25; nv wherever below .5: at .5 mel, first, is named.
    assert points(val) == pytest.approx(
        {"accuracy": 5 / 8, "balanced_accuracy": (2 / 3 + 3 / 5) / 2}
    )
    assert seven.tables["report_val"]["support"].tolist() == [5, 3]
    assert seven.tables["diagnoses_val"]["support"].sum() == 8
    assert "diagnoses" not in plain.metrics["val"]


@pytest.mark.parametrize("probability", [0.0, 0.5, 1.0])
def test_equal_probabilities_can_be_scored(probability: float, tmp_path: Path) -> None:
    evaluation = scored(VAL.assign(probability=probability), TEST.assign(probability=probability))
    test = evaluation.metrics["test"]
    assert test["roc_auc"] == 0.5
    assert test["calibration_slope"] is test["calibration_slope_interval"] is None
    write_json(tmp_path / "evaluate.json", evaluation.metrics)
    write_figures(tmp_path, draw(evaluation, HISTORY, kept=2))


@pytest.mark.parametrize("split", ["val", "test"])
@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"label": 0}, "expected labels 0 and 1, both, received [0]"),
        ({"label": 1}, "expected labels 0 and 1, both, received [1]"),
        ({"probability": math.nan}, "expected probabilities from 0 to 1, received nan in row 0"),
        ({"lesion_id": None}, "predictions: lesion_id is missing for"),
        ({"lesion_id": "x"}, "lesion with two labels: x"),
        ({"image_id": "x"}, "predicted images that are not in the split: x"),
    ],
)
def test_what_can_not_be_scored_is_refused(
    split: str, change: dict[str, Any], problem: str
) -> None:
    tables = {"val": VAL, "test": TEST}
    with pytest.raises(DataError, match=re.escape(problem)):
        scored(**(tables | {split: tables[split].assign(**change)}))


@pytest.mark.parametrize("split", ["val", "test"])
def test_nothing_to_score_is_refused(split: str) -> None:
    with pytest.raises(DataError, match=r"^expected labels 0 and 1, both, received \[\]$"):
        scored(**({"val": VAL, "test": TEST} | {split: VAL[:0]}))
