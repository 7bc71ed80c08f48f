"""The table of the lesions by split."""

import numpy as np
import pandas as pd
import pytest

from lesion_pipeline.core.labels import DIAGNOSES
from lesion_pipeline.summary.cohort import cohort_document, cohort_table

CASES = pd.DataFrame(
    {
        "lesion_id": ["1", "1", "2", "3", "4", "5"],
        "dx": ["mel", "mel", "nv", "nv", "bcc", "df"],
        "label": [1, 1, 0, 0, 1, 0],
        "split": ["train", "train", "train", "train", "val", "test"],
        "age": [np.nan, 40.0, 50.0, 65.0, np.nan, 30.0],
        "sex": ["male", "male", "female", "unknown", np.nan, "male"],
        "localization": ["back", "back", "face", "back", "unknown", "ear"],
        "dx_type": ["histo", "histo", "follow_up", "histo", "histo", np.nan],
    }
)


@pytest.fixture(scope="module")
def cohort() -> pd.DataFrame:
    return cohort_table(CASES).set_index(["group", "value"])


@pytest.mark.parametrize(
    ("group", "value", "counts"),
    [
        ("images", "", [4, 1, 1, 6]),
        ("lesions", "", [3, 1, 1, 5]),
        ("lesions", "with several images", [1, 0, 0, 1]),
        ("class", "malignant", [1, 1, 0, 2]),
        ("diagnosis", "nv", [2, 0, 0, 2]),
        ("diagnosis", "vasc", [0, 0, 0, 0]),  # all seven have a row
        ("age", "median", [50.0, np.nan, 30.0, 45.0]),  # of the first lesion the one that is known
        ("age", "lower quartile", [45.0, np.nan, 30.0, 37.5]),
        ("age", "missing", [0, 1, 0, 1]),
        ("sex", "male", [1, 0, 1, 2]),
        ("sex", "missing", [1, 1, 0, 2]),  # unknown is missing
        ("site", "missing", [0, 1, 0, 1]),
        ("diagnosis confirmed by", "histo", [2, 1, 0, 3]),
        ("diagnosis confirmed by", "missing", [0, 0, 1, 1]),
    ],
)
def test_each_row_by_hand(
    cohort: pd.DataFrame, group: str, value: str, counts: list[float]
) -> None:
    assert list(cohort) == ["train", "val", "test", "all"]
    assert cohort.loc[(group, value)].tolist() == pytest.approx(counts, nan_ok=True)


@pytest.mark.parametrize("group", ["class", "diagnosis", "sex", "site", "diagnosis confirmed by"])
def test_each_lesion_counts_once_in_each_group(cohort: pd.DataFrame, group: str) -> None:
    total = cohort.loc[group].sum()
    assert total.tolist() == cohort.loc[("lesions", "")].tolist()
    assert "unknown" not in cohort.loc[group].index


def test_the_order_of_rows_makes_no_difference() -> None:
    full = CASES.assign(age=CASES["age"].fillna(40))
    pd.testing.assert_frame_equal(cohort_table(full), cohort_table(full[::-1]))


def test_a_collection_without_traits_has_them_missing() -> None:
    bare = CASES.assign(age=np.nan, sex=np.nan, localization=np.nan, dx_type=np.nan)
    cohort = cohort_table(bare)
    assert cohort[cohort["value"] == "missing"]["all"].tolist() == [5, 5, 5, 5]
    shown = cohort_document(cohort).table.set_index("")
    assert set(shown.loc["age in years: median (quartiles)"]) == {"unknown"}


def test_without_diagnoses_there_are_no_rows_for_them() -> None:
    cohort = cohort_table(CASES.assign(dx="benign"))
    assert "diagnosis" not in set(cohort["group"]) and "class" in set(cohort["group"])


def test_for_readers_it_has_percentages_and_age_in_one_row() -> None:
    document = cohort_document(cohort_table(CASES))
    shown = document.table.set_index("")
    assert shown.loc["lesions"].tolist() == ["3", "1", "1", "5"]
    assert shown.loc["diagnosis: melanoma (mel)", "train"] == "1 (33.3 %)"
    assert shown.loc["age in years: median (quartiles)", "train"] == "50 (45 to 57.5)"
    assert shown.loc["age: missing", "val"] == "1 (100.0 %)"
    assert [name for name in shown.index if name.startswith("diagnosis:")] == [
        f"diagnosis: {text} ({dx})" for dx, text in DIAGNOSES.items()
    ]
    assert "missing" in document.note.lower()
