"""Folds of images for cross-fitting."""

import pandas as pd
import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.splitting.folds import fold_of_images


@pytest.fixture
def images(metadata: pd.DataFrame) -> pd.DataFrame:
    """42 images of 28 lesions, four of each diagnosis."""
    return metadata.assign(label=metadata["dx"].isin(["akiec", "bcc", "mel"]).astype(int))


@pytest.mark.parametrize("folds", [2, 4])
def test_each_lesion_is_in_one_fold_and_diagnoses_are_spread(
    images: pd.DataFrame, folds: int
) -> None:
    found = images.assign(fold=fold_of_images(images, folds, seed=1))
    assert set(found["fold"]) == set(range(1, folds + 1))
    assert (found.groupby("lesion_id")["fold"].nunique() == 1).all()
    lesions = found.drop_duplicates("lesion_id")
    assert (pd.crosstab(lesions["dx"], lesions["fold"]) == 4 // folds).all(axis=None)


def test_folds_depend_on_the_seed_and_not_on_the_order_of_the_rows(images: pd.DataFrame) -> None:
    found = pd.Series(fold_of_images(images, 4, 1), images["image_id"])
    mixed = images.sample(frac=1, random_state=3)
    again = pd.Series(fold_of_images(mixed, 4, 1), mixed["image_id"])
    pd.testing.assert_series_equal(again.loc[found.index], found)
    assert (fold_of_images(images, 4, 2) != found.to_numpy()).any()


def test_too_many_folds_are_refused(images: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="too few lesions to split"):
        fold_of_images(images, 5, 1)
    few = images[images["dx"].isin(["nv", "mel"])]
    few = few[(few["dx"] == "nv") | few["lesion_id"].str.endswith("_0")]
    with pytest.raises(DataError, match=r"^fold \d of 3 has no malignant lesion: use fewer folds$"):
        fold_of_images(few, 3, 1)
