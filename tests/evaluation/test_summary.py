"""The few main figures, and the tables of the operating point."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.files import read_json, write_figures, write_json, write_tables
from lesion_pipeline.core.labels import DIAGNOSES, MALIGNANT, is_malignant
from lesion_pipeline.evaluation.evaluate import EvaluateParams, evaluate
from lesion_pipeline.evaluation.intervals import rate_interval
from lesion_pipeline.evaluation.policies import CostParams, ThresholdParams
from lesion_pipeline.evaluation.summary import Found, Summary, SummaryParams, draw, summary
from lesion_pipeline.evaluation.tune_threshold import tune_threshold

PARAMS = SummaryParams(min_images_for_auc=5, age_bands=(30, 60), prevalences=(0.01, 0.05))
EVALUATE = EvaluateParams(
    threshold=0.5, calibration="platt", calibration_bins=4, bootstrap_samples=50, seed=1
)
THRESHOLD = ThresholdParams(
    policy="target_sensitivity", target_sensitivity=0.9,
    cost=CostParams(miss=10, false_alarm=1), fixed=0.5, report=(0.9,),
)  # fmt: skip
IMAGES = 60


def predictions(split: str) -> pd.DataFrame:
    generator = np.random.default_rng(len(split))
    dx = generator.choice(list(DIAGNOSES), IMAGES // 2).repeat(2)
    labels = is_malignant(dx, MALIGNANT)
    return pd.DataFrame(
        {
            "image_id": [f"{split}_{number}" for number in range(IMAGES)],
            "lesion_id": [f"{split}_{number // 2}" for number in range(IMAGES)],
            "dx": dx,
            "label": labels,
            "probability": (2 * generator.random(IMAGES) + labels) / 3,
        }
    )


def collection(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The split's table of these predictions, with as many training images."""
    parts = {"train": predictions("train"), **tables}
    table = pd.concat([part.assign(split=split) for split, part in parts.items()])
    return table.assign(age=50.0, sex="male", localization="back", dx_type="histo")


def find(**changes: Any) -> Found:
    tables = {split: predictions(split) for split in ("val", "test")}
    ids = pd.concat(tables.values())["image_id"].tolist()
    metadata = pd.DataFrame(
        {
            "image_id": [*ids[::-1], "train_0"],
            "age": np.resize([25.0, 55.0, 75.0, np.nan], len(ids) + 1),
            "sex": np.resize(["male", "female"], len(ids) + 1),
            "localization": "back",
            "dx_type": "histo",
        }
    )
    values = {
        "predictions": tables,
        "metadata": metadata,
        "metrics": evaluate(tables["val"], tables["test"], collection(tables), EVALUATE).metrics,
        "point": tune_threshold(tables["val"], tables["test"], THRESHOLD),
    }
    return Found(**(values | changes))


@pytest.fixture(scope="module")
def found() -> Found:
    return find()


@pytest.fixture(scope="module")
def result(found: Found) -> Summary:
    return summary(found, PARAMS, EVALUATE)


def test_the_main_figures_are_few_and_those_of_the_stages(found: Found, result: Summary) -> None:
    assert list(result.metrics) == ["threshold", "val", "test"]
    assert result.metrics["threshold"] == found.point["threshold"]
    points = {"val": found.point, "test": found.point["test"]}
    for split, point in points.items():
        assert result.metrics[split] == {
            "roc_auc": found.metrics[split]["roc_auc"],
            "pr_auc": found.metrics[split]["pr_auc"],
            "sensitivity": point["sensitivity"],
            "specificity": point["specificity"],
            "calibration_error": found.metrics[split]["calibration_error"],
        }


def test_they_are_plain_json(result: Summary, tmp_path: Path) -> None:
    write_json(tmp_path / "summary.json", result.metrics)
    assert read_json(tmp_path / "summary.json") == json.loads(json.dumps(result.metrics))


def test_each_figure_has_its_interval(found: Found, result: Summary) -> None:
    table = result.tables["figures"].set_index(["split", "figure"])
    names = ["roc_auc", "pr_auc", "sensitivity", "specificity", "calibration_error", "ppv", "npv"]
    assert list(table.index) == [(split, name) for split in ("val", "test") for name in names]
    for split, point in (("val", found.point), ("test", found.point["test"])):
        for name in names:
            value, *ends = table.loc[(split, name)]
            if name == "calibration_error":
                assert np.isnan(ends).all()
                continue
            source = point if name in point else found.metrics[split]
            assert [value, ends] == [source[name], source[f"{name}_interval"]]
            assert ends[0] <= value <= ends[1]


def test_all_images_have_the_interval_of_the_operating_point(found: Found, result: Summary) -> None:
    for split, point in (("val", found.point), ("test", found.point["test"])):
        row = result.tables[f"subgroups_{split}"].iloc[0]
        for name in ("sensitivity", "specificity"):
            assert row[name] == point[name]
            assert [row[f"{name}_low"], row[f"{name}_high"]] == point[f"{name}_interval"]
        assert [row["roc_auc_low"], row["roc_auc_high"]] == pytest.approx(
            found.metrics[split]["roc_auc_interval"], abs=1e-12
        )


def test_subgroups_are_those_of_the_metadata(found: Found, result: Summary) -> None:
    test = found.predictions["test"].merge(found.metadata, on="image_id")
    young = test[(test["age"] < 30) & (test["label"] == 1)]
    table = result.tables["subgroups_test"].set_index(["group", "value"])
    row = table.loc[("age", "under 30")]
    called = young["probability"] >= found.point["threshold"]
    assert row["sensitivity"] == called.mean()
    assert [row["sensitivity_low"], row["sensitivity_high"]] == rate_interval(
        called, young["lesion_id"]
    )
    assert table.loc[("site", "back"), "images"] == IMAGES
    assert table.loc["age"]["images"].sum() == IMAGES


def test_the_last_prevalence_is_that_of_the_split(found: Found, result: Summary) -> None:
    table = result.tables["prevalence"]
    assert table["split"].tolist() == ["val"] * 3 + ["test"] * 3
    assert table["of_the_split"].tolist() == [False, False, True] * 2
    for split, point in (("val", found.point), ("test", found.point["test"])):
        own = table[(table["split"] == split) & table["of_the_split"]].iloc[0]
        assert own["prevalence"] == found.predictions[split]["label"].mean()
        assert own["ppv"] == pytest.approx(point["ppv"])
        assert own["npv"] == pytest.approx(point["npv"])


def test_mistakes_are_those_of_test(found: Found, result: Summary) -> None:
    point = found.point["test"]
    kinds = result.tables["mistakes"]["kind"].value_counts()
    assert kinds.to_dict() == {"false_positive": point["fp"], "false_negative": point["fn"]}
    assert result.tables["mistakes"]["image_id"].str.startswith("test_").all()


def test_test_has_no_say_on_val(found: Found, result: Summary) -> None:
    other = found.predictions["test"].assign(probability=0.5)
    tables = found.predictions | {"test": other}
    point = tune_threshold(tables["val"], other, THRESHOLD)
    changed = summary(find(predictions=tables, point=point), PARAMS, EVALUATE)
    assert changed.metrics["val"] == result.metrics["val"]
    assert changed.metrics["threshold"] == result.metrics["threshold"]
    pd.testing.assert_frame_equal(changed.tables["subgroups_val"], result.tables["subgroups_val"])


def test_it_says_the_main_figures(found: Found, result: Summary) -> None:
    lines = str(result).splitlines()
    assert [line.split(":")[0] for line in lines] == ["val", "test"]
    assert f"sensitivity {found.point['sensitivity']:.3f}" in lines[0]


def test_everything_can_be_written(result: Summary, tmp_path: Path) -> None:
    write_tables(tmp_path, result.tables)
    write_figures(tmp_path, draw(result))
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "figures.csv", "mistakes.csv", "prevalence.csv",
        "subgroups.png", "subgroups_test.csv", "subgroups_val.csv",
    ]  # fmt: skip


def test_the_picture_has_a_row_a_subgroup(result: Summary) -> None:
    table = result.tables["subgroups_test"]
    left, right = draw(result)["subgroups"].axes
    assert [label.get_text() for label in left.get_yticklabels()][:3] == [
        "all", "histology only", "diagnosis: akiec",
    ]  # fmt: skip
    numbers = [[int(text.get_text()) for text in axes.texts] for axes in (left, right)]
    assert numbers == [
        table["malignant"].tolist(), (table["images"] - table["malignant"]).tolist(),
    ]  # fmt: skip


def test_a_stranger_is_named() -> None:
    with pytest.raises(DataError, match=r"^predicted image not in the metadata: val_1, val_7$"):
        known = find().metadata
        summary(find(metadata=known[~known["image_id"].isin(["val_1", "val_7"])]), PARAMS, EVALUATE)


def test_metadata_of_nothing_are_unknown() -> None:
    known = find().metadata.assign(age=np.nan, sex=np.nan, localization=np.nan, dx_type=np.nan)
    table = summary(find(metadata=known), PARAMS, EVALUATE).tables["subgroups_test"]
    unknown = table[table["value"] == "unknown"]
    assert unknown["group"].tolist() == ["age", "sex", "site", "dx_type"]
    assert (unknown["images"] == IMAGES).all()


def test_nobody_called_malignant_has_no_predictive_value() -> None:
    fixed = THRESHOLD.model_copy(update={"policy": "fixed", "fixed": 1.0})
    tables = find().predictions
    point = tune_threshold(tables["val"], tables["test"], fixed)
    result = summary(find(point=point), PARAMS, EVALUATE)
    assert result.metrics["test"]["sensitivity"] == 0
    ppv = result.tables["figures"].query("figure == 'ppv'")
    assert ppv[["value", "low", "high"]].isna().all(axis=None)
    assert result.tables["prevalence"][["ppv", "number_needed_to_biopsy"]].isna().all(axis=None)


@pytest.mark.parametrize(
    "changes",
    [
        {"age_bands": (60, 30)},
        {"age_bands": (30, 30)},
        {"age_bands": ()},
        {"age_bands": (0, 30)},
        {"prevalences": (0.0,)},
        {"prevalences": (1.0,)},
        {"min_images_for_auc": 0},
    ],
)
def test_values_that_make_no_sense_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SummaryParams.model_validate(PARAMS.model_dump() | changes)
