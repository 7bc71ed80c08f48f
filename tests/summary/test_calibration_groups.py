"""Calibration curves of subgroups."""

import numpy as np
import pandas as pd
import pytest

from lesion_pipeline.evaluation.calibration_curve import calibration_curve
from lesion_pipeline.scores.results import Resamples
from lesion_pipeline.statistics.metrics import arrays
from lesion_pipeline.summary.calibration_groups import calibration_groups
from lesion_pipeline.summary.subgroups import Subgroups

RESAMPLES = Resamples(samples=20, seed=1)
SUBGROUPS = Subgroups(age_bands=(50,), min_lesions_for_auc=5)


@pytest.fixture
def cases() -> pd.DataFrame:
    """Forty lesions with two images each; half are malignant, those with histology only."""
    rows = np.arange(80)
    malignant = rows // 2 % 2
    noise = np.random.default_rng(0).normal(scale=0.2, size=80)
    return pd.DataFrame(
        {
            "lesion_id": [f"L{row // 2}" for row in rows],
            "age": np.where(rows < 40, 30.0, 70.0),
            "sex": np.where(rows // 4 % 2, "female", "male"),
            "dx_type": np.where(malignant | (rows // 2 % 4 == 0), "histo", "follow_up"),
            "label": malignant,
            "probability": np.clip(0.3 + 0.3 * malignant + noise, 0.01, 0.99),
        }
    )


def test_a_curve_is_that_of_the_subgroup_s_images(cases: pd.DataFrame) -> None:
    table = calibration_groups(cases, SUBGROUPS, RESAMPLES)
    women = cases[cases["sex"] == "female"]
    alone = calibration_curve(*arrays(women), women["lesion_id"], RESAMPLES)
    found = table[table["value"] == "female"].reset_index(drop=True)
    pd.testing.assert_frame_equal(found[list(alone)], alone)
    assert set(found["group"]) == {"sex"}
    assert found["lesions"].unique().tolist() == [20]
    assert found["malignant_lesions"].unique().tolist() == [10]


def test_the_subgroups_in_order(cases: pd.DataFrame) -> None:
    table = calibration_groups(cases, SUBGROUPS, RESAMPLES)
    named = table[["group", "value"]].drop_duplicates().to_numpy().tolist()
    assert named == [
        ["age", "under 50"], ["age", "50 and over"], ["sex", "female"], ["sex", "male"],
        ["histology", "with histology"], ["histology", "without histology"],
    ]  # fmt: skip


def test_a_subgroup_with_too_few_lesions_has_a_row_without_a_curve(cases: pd.DataFrame) -> None:
    """Images don't count: ten images of five lesions are five lesions."""
    table = calibration_groups(cases, SUBGROUPS, RESAMPLES)
    left = table[table["observed"].isna()]
    assert left[["value", "lesions", "malignant_lesions"]].to_numpy().tolist() == [
        ["without histology", 10, 0]
    ]
    more = SUBGROUPS.model_copy(update={"min_lesions_for_auc": 11})
    assert calibration_groups(cases, more, RESAMPLES)["observed"].isna().all()
    just = SUBGROUPS.model_copy(update={"min_lesions_for_auc": 10})
    assert calibration_groups(cases, just, RESAMPLES)["observed"].notna().any()


def test_without_a_finite_curve_a_subgroup_is_left_out(cases: pd.DataFrame) -> None:
    perfect = cases.assign(probability=0.25 + 0.5 * cases["label"])
    assert calibration_groups(perfect, SUBGROUPS, RESAMPLES)["observed"].isna().all()


def test_missing_values_are_no_subgroup(cases: pd.DataFrame) -> None:
    nothing = cases.assign(age=np.nan, sex=np.nan, dx_type=np.nan)
    assert calibration_groups(nothing, SUBGROUPS, RESAMPLES).empty
    partly = cases.assign(sex=cases["sex"].where(cases.index < 40))
    table = calibration_groups(partly, SUBGROUPS, RESAMPLES)
    assert table.loc[table["group"] == "sex", "lesions"].unique().tolist() == [10]
