"""Subgroups: members, counts, and when there is a ROC-AUC."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from lesion_pipeline.core.labels import CLASSES, DIAGNOSES, MALIGNANT, is_malignant
from lesion_pipeline.statistics.intervals import rate_interval
from lesion_pipeline.summary.subgroups import Subgroups, age_bands, subgroup_table
from tests.evaluation.intervals_of import ranking_intervals

GROUPS = Subgroups(age_bands=(30, 45, 60, 75), min_lesions_for_auc=2)
CASES = pd.DataFrame(
    {
        "lesion_id": ["a", "a", "b", "c", "d", "e"],
        "dx": ["mel", "mel", "bcc", "nv", "nv", "df"],
        "age": [20.0, 20.0, 30.0, 44.0, np.nan, 90.0],
        "sex": ["male", "male", "female", "female", np.nan, "unknown"],
        "site": ["back", "back", "back", "face", "back", "back"],
        "dx_type": ["histo", "histo", "histo", "histo", "follow_up", "consensus"],
        "label": [1, 1, 1, 0, 0, 0],
        "probability": [0.9, 0.3, 0.8, 0.6, 0.2, 0.1],
    }
)


def scored(cases: pd.DataFrame = CASES, groups: Subgroups = GROUPS) -> pd.DataFrame:
    return subgroup_table(cases, 0.5, groups).set_index(["group", "value"])


def collection(images: int) -> pd.DataFrame:
    generator = np.random.default_rng(1)
    lesions = generator.integers(0, images * 3 // 4, images)
    dx = generator.choice(list(DIAGNOSES), images)[lesions]
    labels = is_malignant(dx, MALIGNANT)
    return pd.DataFrame(
        {
            "lesion_id": [f"L{lesion}" for lesion in lesions],
            "dx": dx,
            "age": generator.integers(4, 18, images)[lesions] * 5.0,
            "sex": generator.choice(["female", "male"], images)[lesions],
            "site": generator.choice(["back", "face"], images)[lesions],
            "dx_type": np.where(labels, "histo", "follow_up"),
            "label": labels,
            "probability": (2 * generator.random(images) + labels) / 3,
        }
    )


def test_rows_and_counts_worked_by_hand() -> None:
    table = scored()
    counts = table[["images", "malignant", "lesions"]].apply(tuple, axis=1).to_dict()
    assert counts == {
        ("all", "all"): (6, 3, 5),
        ("all", "histology only"): (4, 3, 3),
        ("diagnosis", "akiec"): (0, 0, 0),
        ("diagnosis", "bcc"): (1, 1, 1),
        ("diagnosis", "bkl"): (0, 0, 0),
        ("diagnosis", "df"): (1, 0, 1),
        ("diagnosis", "mel"): (2, 2, 1),
        ("diagnosis", "nv"): (2, 0, 2),
        ("diagnosis", "vasc"): (0, 0, 0),
        ("age", "under 30"): (2, 2, 1),
        ("age", "30-44"): (2, 1, 2),
        ("age", "45-59"): (0, 0, 0),
        ("age", "60-74"): (0, 0, 0),
        ("age", "75 and over"): (1, 0, 1),
        ("age", "unknown"): (1, 0, 1),
        ("sex", "female"): (2, 1, 2),
        ("sex", "male"): (2, 2, 1),
        ("sex", "unknown"): (2, 0, 2),
        ("site", "back"): (5, 3, 4),
        ("site", "face"): (1, 0, 1),
        ("dx_type", "consensus"): (1, 0, 1),
        ("dx_type", "follow_up"): (1, 0, 1),
        ("dx_type", "histo"): (4, 3, 3),
    }
    assert list(counts) == list(table.index)


def test_rates_are_those_of_the_threshold_with_the_intervals_of_the_lesions() -> None:
    table = scored()
    for rate, right, lesions in (
        ("sensitivity", [True, False, True], ["a", "a", "b"]),
        ("specificity", [False, True, True], ["c", "d", "e"]),
    ):
        found = table.loc[("all", "all"), [rate, f"{rate}_low", f"{rate}_high"]]
        assert found.tolist() == [2 / 3, *(rate_interval(right, lesions) or ())]
    assert table.loc[("age", "30-44"), ["sensitivity", "specificity"]].tolist() == [1, 0]


def test_rates_without_images_are_empty() -> None:
    table = scored()
    sensitivity = ["sensitivity", "sensitivity_low", "sensitivity_high"]
    specificity = ["specificity", "specificity_low", "specificity_high"]
    assert table.loc[("diagnosis", "nv"), sensitivity].isna().all()
    assert table.loc[("diagnosis", "mel"), specificity].isna().all()
    assert table.loc[("diagnosis", "vasc")].iloc[4:].isna().all()
    assert table.loc[("diagnosis", "mel"), sensitivity].notna().all()


@pytest.mark.parametrize(
    ("least", "ranked"),
    [(1, {"all", "histology only", "30-44", "female", "back", "histo"}),
     (2, {"all", "back"}),
     (3, set())],
)  # fmt: skip
def test_a_roc_auc_needs_lesions_of_both_classes(least: int, ranked: set[str]) -> None:
    table = scored(groups=GROUPS.model_copy(update={"min_lesions_for_auc": least}))
    assert {value for _, value in table.index[table["roc_auc"].notna()]} == ranked
    assert (table["roc_auc"].notna() == table["roc_auc_low"].notna()).all()


def test_a_roc_auc_is_that_of_its_images() -> None:
    cases = collection(400)
    table = scored(cases)
    female = cases[cases["sex"] == "female"]
    found = table.loc[("sex", "female")]
    assert found["roc_auc"] == pytest.approx(
        roc_auc_score(female["label"], female["probability"]), abs=1e-12
    )
    assert found["roc_auc_low"] < found["roc_auc"] < found["roc_auc_high"]
    alone = ranking_intervals(
        *(female[name].to_numpy() for name in ("label", "probability", "lesion_id")), 1000, 1
    )["roc_auc"]
    assert found[["roc_auc_low", "roc_auc_high"]].tolist() == pytest.approx(alone, abs=0.02)


def test_all_images_have_the_interval_that_evaluate_gives() -> None:
    cases = collection(200)
    columns = (cases[name].to_numpy() for name in ("label", "probability", "lesion_id"))
    expected = ranking_intervals(*columns, samples=100, seed=1)["roc_auc"]
    found = scored(cases).loc[("all", "all"), ["roc_auc_low", "roc_auc_high"]]
    assert found.tolist() == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("group", ["diagnosis", "age", "sex", "site", "dx_type"])
def test_every_image_is_in_one_subgroup(group: str) -> None:
    table = scored(collection(300))
    assert table.loc[group][["images", "malignant"]].sum().tolist() == table.loc[
        ("all", "all"), ["images", "malignant"]
    ].tolist()  # fmt: skip


def test_the_order_of_images_does_not_matter() -> None:
    cases = collection(120)
    mixed = cases.sample(frac=1, random_state=2)
    pd.testing.assert_frame_equal(scored(cases), scored(mixed))


def test_columns_of_nothing_are_unknown() -> None:
    empty = CASES.assign(age=np.nan, sex=np.nan, site=np.nan, dx_type=np.nan)
    table = scored(empty)
    for group in ("age", "sex", "site", "dx_type"):
        assert table.loc[(group, "unknown"), "images"] == 6
    assert table.loc[("all", "histology only"), "images"] == 0


def test_one_class_alone_has_one_rate() -> None:
    table = scored(CASES[CASES["label"] == 1], Subgroups(age_bands=(30,), min_lesions_for_auc=1))
    assert table["specificity"].isna().all() and table["roc_auc"].isna().all()
    assert table.loc[("all", "all"), "sensitivity"] == pytest.approx(2 / 3)


def test_labels_without_diagnoses_are_no_subgroups() -> None:
    table = scored(CASES.assign(dx=np.take(CLASSES, CASES["label"])))
    assert "diagnosis" not in table.index.get_level_values("group")
    pd.testing.assert_frame_equal(table, scored().drop(index="diagnosis", level="group"))


def test_equal_probabilities_rank_nothing() -> None:
    table = scored(CASES.assign(probability=0.5))
    assert table.loc[("all", "all"), ["sensitivity", "specificity", "roc_auc"]].tolist() == [
        1, 0, 0.5,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("years", "band"),
    [(0, "under 30"), (29.5, "under 30"), (30, "30-44"), (44.9, "30-44"), (45, "45-59"),
     (75, "75 and over"), (120, "75 and over"), (np.nan, "unknown")],
)  # fmt: skip
def test_age_bands_begin_where_their_names_do(years: float, band: str) -> None:
    assert list(age_bands(pd.Series([years]), (30, 45, 60, 75))) == [band]


def test_one_age_band_is_two() -> None:
    assert list(age_bands(pd.Series([17.0, 18.0]), (18,))) == ["under 18", "18 and over"]


def test_predicted_and_observed_frequencies_are_compared_where_lesions_suffice() -> None:
    found = scored()
    row = found.loc[("all", "all")]
    assert row["predicted"] == pytest.approx(2.9 / 6) and row["observed"] == 3 / 6
    ends = rate_interval(CASES["label"], CASES["lesion_id"])
    assert (row["observed_low"], row["observed_high"]) == ends
    enough = found["roc_auc"].notna()
    assert (found["observed"].notna() == enough).all()
    assert (found["predicted"].notna() == enough).all()
