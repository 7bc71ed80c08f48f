"""The few main figures, and the tables of the operating point."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lesion_pipeline.core.digits import rounded_content
from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.files import read_json, write_tables
from lesion_pipeline.core.labels import DIAGNOSES, MALIGNANT, is_malignant
from lesion_pipeline.evaluation.evaluate import evaluate
from lesion_pipeline.scores.params import (
    CostParams,
    EvaluateParams,
    SummaryParams,
    ThresholdParams,
)
from lesion_pipeline.scores.results import MainFigures, SummaryFigures
from lesion_pipeline.statistics.intervals import rate_interval
from lesion_pipeline.summary.summary import Findings, Summary, summary
from lesion_pipeline.threshold.tune_threshold import tune_threshold

PARAMS = SummaryParams(min_lesions_for_auc=5, age_bands=(30, 60), prevalences=(0.01, 0.05))
EVALUATE = EvaluateParams(
    threshold=0.5,
    calibration="platt",
    calibration_bins=4,
    decision_range=(0.1, 0.5),
    bootstrap_samples=50,
    seed=1,
)
THRESHOLD = ThresholdParams(
    policy="target_sensitivity", target_sensitivity=0.9,
    cost=CostParams(miss=10, false_alarm=1), fixed=0.5, report=(0.9,),
)  # fmt: skip
IMAGES = 60
SPLITS = ("val", "test")


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


def find(**changes: Any) -> Findings:
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
    evaluated = evaluate(tables["val"], tables["test"], collection(tables), EVALUATE)
    values = {
        "predictions": tables,
        "metadata": metadata,
        "malignant": MALIGNANT,
        "evaluation": evaluated.evaluation,
        "calibration": evaluated.tables["calibrated_curve_test"],
        "point": tune_threshold(tables["val"], tables["test"], THRESHOLD).point,
    }
    return Findings(**(values | changes))


@pytest.fixture(scope="module")
def found() -> Findings:
    return find()


@pytest.fixture(scope="module")
def result(found: Findings) -> Summary:
    return summary(found, PARAMS)


def test_the_main_figures_are_those_of_the_stages(found: Findings, result: Summary) -> None:
    assert result.figures.threshold == found.point.threshold
    assert result.figures.malignant == MALIGNANT
    for split in SPLITS:
        scores, rates = found.scores(split), found.rates(split)
        assert getattr(result.figures, split) == MainFigures(
            roc_auc=scores.roc_auc,
            pr_auc=scores.pr_auc,
            sensitivity=rates.sensitivity,
            specificity=rates.specificity,
            calibration_error=scores.calibration_error,
            clinical=clinical_figures(result, split),
        )
    assert found.rates("val") == found.point.val != found.point.test == found.rates("test")
    assert found.scores("val") == found.evaluation.val != found.scores("test")


def clinical_figures(result: Summary, split: str) -> dict[str, float]:
    table = result.tables[f"clinical_{split}"]
    known = table[table["value"].notna()]
    return dict(zip(known["figure"], known["value"], strict=True))


def test_their_file_has_the_keys_that_people_compare(result: Summary, tmp_path: Path) -> None:
    result.figures.write(tmp_path / "summary.json")
    content = read_json(tmp_path / "summary.json")
    assert list(content) == ["threshold", "val", "test", "malignant"]
    names = ["roc_auc", "pr_auc", "sensitivity", "specificity", "calibration_error", "clinical"]
    assert list(content["val"]) == list(content["test"]) == names
    assert content["malignant"] == ["akiec", "bcc", "mel"]
    read = SummaryFigures.read(tmp_path / "summary.json").model_dump(mode="json")
    assert read == rounded_content(result.figures.model_dump(mode="json"))


def test_each_figure_has_its_interval(found: Findings, result: Summary) -> None:
    table = result.tables["figures"].set_index(["split", "figure"])
    names = ["roc_auc", "pr_auc", "sensitivity", "specificity", "calibration_error", "ppv", "npv"]
    by_lesion = [f"lesion_{name}" for name in names if name != "calibration_error"]
    wanted = [(split, name) for split in SPLITS for name in [*names, *by_lesion]]
    assert list(table.index) == wanted
    for split in SPLITS:
        known = found.scores(split).lesions.model_dump()
        known |= found.rates(split).lesions.model_dump()
        for name in by_lesion:
            value, *ends = table.loc[(split, name)]
            assert value == known[name.removeprefix("lesion_")]
            assert tuple(ends) == known[f"{name.removeprefix('lesion_')}_interval"]
    for split in SPLITS:
        known = found.scores(split).model_dump() | found.rates(split).model_dump()
        for name in names:
            value, *ends = table.loc[(split, name)]
            assert value == known[name]
            if name == "calibration_error":
                assert np.isnan(ends).all()
                continue
            assert tuple(ends) == known[f"{name}_interval"]
            assert ends[0] <= value <= ends[1]


def test_all_images_have_the_interval_of_the_operating_point(
    found: Findings, result: Summary
) -> None:
    for split in SPLITS:
        row = result.tables[f"subgroups_{split}"].iloc[0]
        rates = found.rates(split).model_dump()
        for name in ("sensitivity", "specificity"):
            assert row[name] == rates[name]
            assert (row[f"{name}_low"], row[f"{name}_high"]) == rates[f"{name}_interval"]
        assert (row["roc_auc_low"], row["roc_auc_high"]) == pytest.approx(
            found.scores(split).roc_auc_interval, abs=1e-12
        )


def test_subgroups_are_those_of_the_metadata(found: Findings, result: Summary) -> None:
    test = found.predictions["test"].merge(found.metadata, on="image_id")
    young = test[(test["age"] < 30) & (test["label"] == 1)]
    table = result.tables["subgroups_test"].set_index(["group", "value"])
    row = table.loc[("age", "under 30")]
    called = young["probability"] >= found.point.threshold
    assert row["sensitivity"] == called.mean()
    assert (row["sensitivity_low"], row["sensitivity_high"]) == rate_interval(
        called, young["lesion_id"]
    )
    assert table.loc[("site", "back"), "images"] == IMAGES
    assert table.loc["age"]["images"].sum() == IMAGES


def test_the_calibration_curve_is_moved_first_to_the_prevalence_of_test_itself(
    found: Findings, result: Summary
) -> None:
    table = result.tables["calibration_prevalence"]
    scores = found.scores("test")
    own = scores.malignant / scores.images
    assert table["prevalence"].unique().tolist() == [own, *PARAMS.prevalences]
    first = table[table["prevalence"] == own].reset_index(drop=True)
    np.testing.assert_allclose(first["observed"], found.calibration["observed"])
    assert table.groupby("prevalence")["expected"].max().is_monotonic_increasing


def test_the_last_prevalence_is_that_of_the_split(found: Findings, result: Summary) -> None:
    table = result.tables["prevalence"]
    assert table["split"].tolist() == ["val"] * 3 + ["test"] * 3
    assert table["of_the_split"].tolist() == [False, False, True] * 2
    for split in SPLITS:
        rates, lesions = found.rates(split).lesions, found.scores(split).lesions
        own = table[(table["split"] == split) & table["of_the_split"]].iloc[0]
        assert own["prevalence"] == lesions.malignant / lesions.count
        assert own["ppv"] == pytest.approx(rates.ppv)
        assert own["npv"] == pytest.approx(rates.npv)


def test_mistakes_are_those_of_test(found: Findings, result: Summary) -> None:
    rates = found.point.test
    counts = result.tables["mistakes"]["kind"].value_counts()
    assert counts.to_dict() == {"false_positive": rates.fp, "false_negative": rates.fn}
    assert result.tables["mistakes"]["image_id"].str.startswith("test_").all()


def test_val_does_not_depend_on_test(found: Findings, result: Summary) -> None:
    other = found.predictions["test"].assign(probability=0.5)
    tables = found.predictions | {"test": other}
    point = tune_threshold(tables["val"], other, THRESHOLD).point
    changed = summary(find(predictions=tables, point=point), PARAMS)
    assert changed.figures.val == result.figures.val
    assert changed.figures.test != result.figures.test
    assert changed.figures.threshold == result.figures.threshold
    pd.testing.assert_frame_equal(changed.tables["subgroups_val"], result.tables["subgroups_val"])


def test_it_prints_what_is_known_of_each_split(result: Summary) -> None:
    values = {"pr_auc": 0.5, "sensitivity": 1.0, "specificity": 2 / 3, "calibration_error": 0.0625}
    figures = {
        "val": MainFigures(roc_auc=0.875, **values, clinical={"sensitivity_mel": 0.5}),
        "test": MainFigures(roc_auc=0, **values, clinical={}),
    }
    rest = "pr_auc 0.500, sensitivity 1.000, specificity 0.667, calibration_error 0.062"
    assert str(replace(result, figures=result.figures.model_copy(update=figures))).splitlines() == [
        f"val: roc_auc 0.875, {rest}",
        "val: sensitivity_mel 0.500",
        f"test: roc_auc 0.000, {rest}",
    ]


def test_the_tables_can_be_written(result: Summary, tmp_path: Path) -> None:
    write_tables(tmp_path, result.tables)
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "calibration_groups.csv", "calibration_prevalence.csv", "clinical_test.csv",
        "clinical_val.csv", "figures.csv", "mistakes.csv", "prevalence.csv", "subgroups_test.csv",
        "subgroups_val.csv",
    ]  # fmt: skip


def test_an_image_without_metadata_is_named() -> None:
    with pytest.raises(DataError, match=r"^predicted image not in the metadata: val_1, val_7$"):
        known = find().metadata
        summary(find(metadata=known[~known["image_id"].isin(["val_1", "val_7"])]), PARAMS)


def test_missing_metadata_are_unknown() -> None:
    known = find().metadata.assign(age=np.nan, sex=np.nan, localization=np.nan, dx_type=np.nan)
    table = summary(find(metadata=known), PARAMS).tables["subgroups_test"]
    unknown = table[table["value"] == "unknown"]
    assert unknown["group"].tolist() == ["age", "sex", "site", "dx_type"]
    assert (unknown["images"] == IMAGES).all()


def test_nobody_called_malignant_has_no_predictive_value() -> None:
    fixed = THRESHOLD.model_copy(update={"policy": "fixed", "fixed": 1.0})
    tables = find().predictions
    point = tune_threshold(tables["val"], tables["test"], fixed).point
    result = summary(find(point=point), PARAMS)
    assert result.figures.test.sensitivity == 0
    ppv = result.tables["figures"].query("figure == 'ppv'")
    assert ppv[["value", "low", "high"]].isna().all(axis=None)
    assert result.tables["prevalence"][["ppv", "number_needed_to_biopsy"]].isna().all(axis=None)
