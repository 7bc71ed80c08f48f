"""Baselines: what they learn, from which images, and from an empty column."""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.evaluation.baseline import BASELINES, baselines

COLUMNS = ["age", "sex", "localization", "dx_type"]


def make(images: int = 300, seed: int = 1) -> pd.DataFrame:
    """A collection in which malignancy rises with age, is rare on the back, and always histo."""
    generator = np.random.default_rng(seed)
    age = 5.0 * generator.integers(2, 17, images)
    site = generator.choice(["back", "face"], images)
    odds = np.exp((age - 45) / 10 + np.where(site == "back", -1, 1))
    label = (generator.random(images) < odds / (1 + odds)).astype(int)
    consensus = (label == 0) & (generator.random(images) < 0.5)
    return pd.DataFrame(
        {
            "image_id": [f"image_{n}" for n in range(images)],
            "split": np.array(["train", "train", "val", "test"])[np.arange(images) % 4],
            "label": label,
            "age": age,
            "sex": generator.choice(["female", "male"], images),
            "localization": site,
            "dx_type": np.where(consensus, "consensus", "histo"),
        }
    )


def ids(table: pd.DataFrame) -> dict[str, pd.Series]:
    return {split: table.loc[table["split"] == split, "image_id"] for split in ("val", "test")}


def test_informative_columns_are_used() -> None:
    table = make()
    found = baselines(table, ids(table))
    assert {split: list(by_name) for split, by_name in found.items()} == {
        "val": list(BASELINES),
        "test": list(BASELINES),
    }
    test = table[table["split"] == "test"]
    probabilities = pd.Series(found["test"]["age_sex_site"], index=test.index)
    assert probabilities.corr(test["age"]) > 0.5
    assert probabilities[test["localization"] == "face"].mean() > probabilities.mean() + 0.05
    histo = test["dx_type"] == "histo"
    assert found["test"]["dx_type"][~histo].max() < 0.1
    assert found["test"]["dx_type"][histo].min() > 0.4


def test_the_order_asked_for_is_the_order_given() -> None:
    table = make()
    asked = ids(table)
    turned = {split: names[::-1] for split, names in asked.items()}
    one, other = baselines(table, asked), baselines(table.sample(frac=1, random_state=1), turned)
    for split in asked:
        for name in BASELINES:
            np.testing.assert_allclose(one[split][name], other[split][name][::-1], atol=1e-6)


def test_only_train_is_learnt_from() -> None:
    table = make()
    others = table["split"] != "train"
    changed = table.assign(label=table["label"].where(~others, 1 - table["label"]))
    one, other = baselines(table, ids(table)), baselines(changed, ids(table))
    for split in one:
        for name in BASELINES:
            assert (one[split][name] == other[split][name]).all()


@pytest.mark.parametrize("column", COLUMNS)
def test_an_empty_column_does_no_harm(column: str, tmp_path: Path) -> None:
    make().assign(**{column: np.nan}).to_csv(tmp_path / "split.csv", index=False)
    table = pd.read_csv(tmp_path / "split.csv", dtype={"age": "float64"})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = baselines(table, ids(table))["test"]
    assert all(((values > 0) & (values < 1)).all() for values in found.values())
    if column == "dx_type":
        rate = table.loc[table["split"] == "train", "label"].mean()
        np.testing.assert_allclose(found["dx_type"], rate, atol=1e-3)


def test_empty_columns_give_the_frequency_in_train() -> None:
    table = make().assign(**dict.fromkeys(COLUMNS, np.nan))
    rate = table.loc[table["split"] == "train", "label"].mean()
    for probabilities in baselines(table, ids(table))["val"].values():
        np.testing.assert_allclose(probabilities, rate, atol=1e-3)


def test_a_missing_age_is_a_sign_of_its_own_and_else_the_median() -> None:
    table = make().assign(sex="male", localization="back")
    missing = table["label"].astype(bool) & (np.arange(len(table)) % 3 == 0)
    table["age"] = table["age"].where(~missing)
    found = baselines(table, ids(table))["test"]["age_sex_site"]
    assert found[missing[table["split"] == "test"]].min() > 0.8

    complete = make()
    median = complete.loc[complete["split"] == "train", "age"].median()
    first = ids(complete)["test"].iloc[0]
    without, with_median = (
        complete.assign(age=complete["age"].where(complete["image_id"] != first, value))
        for value in (np.nan, median)
    )
    one, other = (baselines(t, ids(t))["test"]["age_sex_site"][0] for t in (without, with_median))
    assert one == pytest.approx(other, abs=1e-9)  # train knows no missing age: no flag


def test_a_name_that_train_does_not_have_is_none_of_its_own() -> None:
    table = make()
    table.loc[table["split"] == "test", "localization"] = "ear"
    found = baselines(table, ids(table))["test"]["age_sex_site"]
    assert ((found > 0) & (found < 1)).all()


def test_an_image_that_the_split_does_not_have_is_refused() -> None:
    table = make()
    with pytest.raises(DataError, match=r"^predicted images that are not in the split: x, y$"):
        baselines(table, {"val": pd.Series(["image_2", "x", "y"])})


def test_with_folds_no_image_is_predicted_by_what_it_was_fitted_to() -> None:
    """Each fold as if the others were train; test as if all of them were."""
    table = make()
    crossed = table["split"] != "test"
    folds = pd.Series(np.arange(crossed.sum()) % 3 + 1, index=table.loc[crossed, "image_id"])
    asked = {"val": table.loc[crossed, "image_id"], "test": ids(table)["test"]}
    found = baselines(table, asked, folds)
    fold = table["image_id"].map(folds).fillna(0)
    for number in (1, 2, 3):
        others = table.assign(split=np.where(crossed & (fold != number), "train", "rest"))
        mine = table.loc[fold == number, "image_id"]
        wanted = baselines(others, {"val": mine})
        for name in BASELINES:
            np.testing.assert_array_equal(
                found["val"][name][folds.to_numpy() == number], wanted["val"][name]
            )
    every = table.assign(split=np.where(crossed, "train", "test"))
    wanted = baselines(every, {"test": asked["test"]})
    np.testing.assert_array_equal(found["test"]["age_sex_site"], wanted["test"]["age_sex_site"])
