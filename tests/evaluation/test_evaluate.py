"""The scores of val and test."""

import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lesion_pipeline.core.digits import rounded_content
from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.files import read_json
from lesion_pipeline.core.labels import DIAGNOSES
from lesion_pipeline.core.results import Result
from lesion_pipeline.evaluation.baseline import BASELINES
from lesion_pipeline.evaluation.calibration import calibration, calibration_error, fit_calibrator
from lesion_pipeline.evaluation.evaluate import EvaluationOutcome, evaluate
from lesion_pipeline.scores.params import EvaluateParams
from lesion_pipeline.scores.results import Evaluation, Resamples, SplitScores
from lesion_pipeline.statistics.lesions import by_lesion
from lesion_pipeline.statistics.metrics import probability_metrics, ranking_metrics
from tests.evaluation.intervals_of import ranking_intervals

PARAMS = EvaluateParams(
    threshold=0.5,
    calibration="platt",
    calibration_bins=2,
    decision_range=(0.1, 0.5),
    bootstrap_samples=200,
    seed=1,
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
            split=split, dx="nv", age=40.0, sex="male", localization="back", dx_type="histo"
        )
        for split, table in (("train", TRAIN), ("val", VAL), ("test", TEST))
    ]
)


def scored(
    val: pd.DataFrame = VAL, test: pd.DataFrame = TEST, params: EvaluateParams = PARAMS
) -> EvaluationOutcome:
    return evaluate(val, test, COLLECTION, params)


def scores(outcome: EvaluationOutcome, split: str) -> SplitScores:
    return getattr(outcome.evaluation, split)


def points(result: Result) -> dict[str, float]:
    """Scores without their intervals and without those that are nested."""
    return {
        name: value
        for name, value in result.model_dump(exclude_unset=True).items()
        if not name.endswith("_interval") and not isinstance(value, dict)
    }


def with_diagnoses(table: pd.DataFrame) -> pd.DataFrame:
    dx = np.where(table["label"] == 1, "mel", "nv")
    probabilities = {name: np.zeros(len(table)) for name in DIAGNOSES}
    probabilities |= {"mel": table["probability"], "nv": 1 - table["probability"]}
    return table.assign(dx=dx, **probabilities)


def test_scores_worked_by_hand() -> None:
    val = scores(scored(), "val")
    recalibration = calibration(VAL["label"].to_numpy(), VAL["probability"].to_numpy()).values
    assert points(val) == pytest.approx(
        {
            "images": 8,
            "malignant": 3,
            "roc_auc": (5 + 5 + 2.5) / 15,  # .25 is above two of five and ties with one
            "pr_auc": (1 / 1 + 2 / 2 + 3 / 6) / 3,
            "brier_score": (2 * 1 / 64 + 2 * 1 / 16 + 9 / 16 + 2 * 1 / 4) / 8,
            "log_loss": -(2 * math.log(7 / 8) + 2 * math.log(3 / 4) + 4 * math.log(1 / 2)) / 8,
            **recalibration,
            # By probability 0, .125, .25, .25 (one malignant) and .5, .5, .75, .875 (two).
            "calibration_error": (abs(0.625 - 1) + abs(2.625 - 2)) / 8,
        },
        abs=1e-12,
    )
    assert val.at_threshold.model_dump() == {
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
    outcome = scored()
    columns = [VAL[name].to_numpy() for name in ("label", "probability", "lesion_id")]
    expected = ranking_intervals(*columns, samples=PARAMS.bootstrap_samples, seed=PARAMS.seed)
    for name, interval in expected.items():
        val, test = (scores(outcome, split).model_dump() for split in ("val", "test"))
        assert val[f"{name}_interval"] == interval
        assert interval[0] < val[name] < interval[1]
        assert test[f"{name}_interval"][1] == 1.0


def test_the_resamples_are_those_of_the_params() -> None:
    assert scored().evaluation.resamples == Resamples(samples=200, seed=1)


@pytest.mark.parametrize("change", [{"seed": 2}, {"bootstrap_samples": 201}])
def test_seed_and_number_of_resamples_change_the_intervals(change: dict[str, int]) -> None:
    noise = np.random.default_rng(1).random(60)
    val = pd.DataFrame(
        {"lesion_id": np.arange(60), "label": np.arange(60) % 2, "probability": noise}
    ).assign(image_id=[f"v{n}" for n in range(60)])
    more = val.assign(
        split="val", dx="nv", age=40.0, sex="male", localization="back", dx_type="histo"
    )
    collection = pd.concat([COLLECTION, more])
    one, other = (
        evaluate(val, TEST, collection, params).evaluation.val.pr_auc_interval
        for params in (PARAMS, PARAMS.model_copy(update=change))
    )
    assert one != other
    assert one == pytest.approx(other, abs=0.1)


def as_read(file: Path) -> dict[str, Any]:
    return Evaluation.read(file).model_dump(mode="json")


def test_scores_are_read_as_they_were_written(tmp_path: Path) -> None:
    for outcome in (scored(), scored(with_diagnoses(VAL), with_diagnoses(TEST))):
        one, other = tmp_path / "evaluation.json", tmp_path / "metrics.json"
        outcome.evaluation.write(one, other)
        assert Evaluation.read(one) == Evaluation.read(other)
        assert as_read(one) == rounded_content(outcome.evaluation.model_dump(mode="json"))
        assert list(read_json(one)["val"])[:2] == ["roc_auc", "roc_auc_interval"]
        assert "calibrated" not in read_json(one)["val"]


def test_each_split_has_each_curve() -> None:
    outcome = scored()
    names = ("roc", "pr", "calibration", "calibration_curve", "distribution", "decision", "report")
    expected = {f"{name}_{split}" for name in names for split in ("val", "test")}
    assert set(outcome.tables) == expected | {"calibrated_test", "calibrated_curve_test"}
    ends = outcome.tables["decision_val"]["threshold"].iloc[[0, -1]].tolist()
    assert ends == list(PARAMS.decision_range)
    assert outcome.tables["calibration_test"]["images"].tolist() == [2, 1]


def test_it_prints_one_line_per_split() -> None:
    outcome = scored()
    ends = {"roc_auc_interval": (0.5, 1.0), "pr_auc_interval": (0.25, 0.96875)}
    val = outcome.evaluation.val.model_copy(update=ends)
    evaluation = outcome.evaluation.model_copy(update={"val": val})
    assert str(replace(outcome, evaluation=evaluation)).splitlines() == [
        "val: ROC-AUC 0.8333 [95 %: 0.500 to 1.000], "
        "PR-AUC 0.8333 [95 %: 0.250 to 0.969] (8 images, 3 malignant)",
        "test: ROC-AUC 1.0000 [95 %: 0.283 to 1.000], "
        "PR-AUC 1.0000 [95 %: 1.000 to 1.000] (3 images, 1 malignant)",
        evaluation.warning(),
    ]
    assert evaluation.warning()


def test_lesions_are_scored_by_the_mean_of_their_images() -> None:
    found = scored().evaluation.val.lesions
    lesions = by_lesion(VAL, "mean")
    labels, means = lesions["label"].to_numpy(), lesions["probability"].to_numpy()
    assert points(found) == {
        "count": 6,
        "malignant": 2,
        **ranking_metrics(labels, means),
        **probability_metrics(labels, means),
    }
    expected = ranking_intervals(labels, means, lesions["lesion_id"], 200, 1)
    assert found.roc_auc_interval == expected["roc_auc"]


@pytest.mark.parametrize("method", ["platt", "isotonic", "none"])
def test_the_calibrator_is_fitted_on_val_and_scored_on_test(method: Any) -> None:
    outcome = scored(params=PARAMS.model_copy(update={"calibration": method}))
    columns = [VAL[name].to_numpy() for name in ("label", "probability")]
    assert outcome.calibrator == fit_calibrator(*columns, method)
    labels = TEST["label"].to_numpy()
    after = outcome.calibrator.apply(TEST["probability"])
    calibrated = outcome.evaluation.test.calibrated
    assert calibrated is not None
    assert points(calibrated) == {
        **probability_metrics(labels, after),
        **calibration(labels, after).values,
        "calibration_error": calibration_error(labels, after, 2),
    }
    assert outcome.evaluation.val.calibrated is None
    decision = [set(outcome.tables[f"decision_{split}"]) for split in ("test", "val")]
    assert decision[0] - decision[1] == {"calibrated", "calibrated_low", "calibrated_high"}


def test_the_calibrator_does_not_depend_on_test() -> None:
    other = TEST.assign(label=[1, 0, 1], probability=[0.125, 0.875, 0.5])
    assert scored(test=other).calibrator == scored().calibrator


def test_baselines_are_scored_on_both_splits() -> None:
    for split in ("val", "test"):
        baselines = scores(scored(), split).baselines
        assert list(baselines) == list(BASELINES)
        for baseline in baselines.values():  # all images are alike here
            assert baseline.roc_auc == 0.5
            low, high = baseline.roc_auc_interval
            assert low < 0.5 < high and low + high == pytest.approx(1)


def test_diagnoses_are_reported_if_the_network_gives_them() -> None:
    plain, seven = scored(), scored(with_diagnoses(VAL), with_diagnoses(TEST))
    added = set(seven.tables) - set(plain.tables)
    names = ("diagnoses", "confusion_diagnoses")
    assert added == {f"{name}_{split}" for name in names for split in ("val", "test")}
    val = seven.evaluation.val.diagnoses
    assert val is not None and plain.evaluation.val.diagnoses is None
    # mel at .875 and .75 and not at .25; nv wherever below .5; at .5 mel, the first of equals.
    assert points(val) == pytest.approx(
        {"accuracy": 5 / 8, "balanced_accuracy": (2 / 3 + 3 / 5) / 2}
    )
    assert seven.tables["report_val"]["support"].tolist() == [5, 3]
    assert seven.tables["diagnoses_val"]["support"].sum() == 8


@pytest.mark.parametrize("probability", [0.0, 0.5, 1.0])
def test_equal_probabilities_can_be_scored(probability: float, tmp_path: Path) -> None:
    outcome = scored(VAL.assign(probability=probability), TEST.assign(probability=probability))
    test = outcome.evaluation.test
    assert test.roc_auc == 0.5
    assert test.calibration_slope is test.calibration_slope_interval is None
    outcome.evaluation.write(tmp_path / "evaluation.json")
    written = rounded_content(outcome.evaluation.model_dump(mode="json"))
    assert as_read(tmp_path / "evaluation.json") == written


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


def test_with_folds_baselines_and_frequencies_are_of_the_images_in_them() -> None:
    """Train and val together; each image's baseline was fitted to the other fold."""
    both = pd.concat([VAL, TRAIN.assign(probability=[0.25, 0.75])], ignore_index=True)
    folded = both.assign(fold=[1, 1, 2, 1, 2, 1, 2, 1, 1, 2])
    table = COLLECTION.assign(age=np.linspace(20, 80, len(COLLECTION)))
    found = evaluate(folded, TEST, table, PARAMS).evaluation.val
    plain = evaluate(both, TEST, table, PARAMS).evaluation.val
    assert found.images == 10 and found.roc_auc == plain.roc_auc
    assert found.baselines["age_sex_site"] != plain.baselines["age_sex_site"]
