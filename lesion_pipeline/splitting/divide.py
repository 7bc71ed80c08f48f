"""Ways to divide lesions into train, val and test, each as {lesion_id: split}."""

import warnings
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold, train_test_split

from lesion_pipeline.core.errors import DataError, listed
from lesion_pipeline.core.labels import SPLITS
from lesion_pipeline.splitting.user_split import SIDE, UserTable
from lesion_pipeline.tables.offenders import Problem, offenders, refuse

Sides = dict[str, str]


def by_ratios(strata: pd.Series, val: float, test: float, seed: int) -> Sides:
    """Divide twice by scikit-learn's `train_test_split`: train and the rest, then val and test.

    Args:
        strata: the classes to balance, by lesion_id, in the order of the ids.
        val: part of the lesions, 0 to 1.
        test: part of the lesions, 0 to 1.
        seed: of both divisions.

    Raises:
        DataError: a stratum has too few lesions.
    """
    train, rest = _divide(strata, val + test, seed)
    middle, last = _divide(strata.loc[rest], test / (val + test), seed)
    parts = zip(SPLITS, (train, middle, last), strict=True)
    return {str(lesion): part for part, ids in parts for lesion in ids}


def by_folds(strata: pd.Series, folds: int, seed: int) -> list[Sides]:
    """Divide into folds; in the i-th result the i-th is test, the next val, the rest train.

    The last fold is followed by the first. Each lesion is in test once, and in val once. A stratum
    of fewer lesions than folds is missing from some of them.

    Args:
        strata: the classes to balance, by lesion_id, in the order of the ids.
        folds: at least 3.
        seed: of the shuffling.

    Raises:
        DataError: there are fewer lesions than folds of every stratum.
    """
    number = fold_numbers(strata, folds, seed)
    sides = np.full((folds, len(strata)), SPLITS[0], dtype=object)
    lesions = np.arange(len(strata))
    sides[number, lesions] = SPLITS[2]
    sides[(number - 1) % folds, lesions] = SPLITS[1]
    return [dict(zip(strata.index, row, strict=True)) for row in sides]


def fold_numbers(strata: pd.Series, folds: int, seed: int) -> NDArray[np.int64]:
    """Return the fold of each lesion (lesions,), counted from 0; folds are of one size, or nearly.

    Args:
        strata: the classes to balance, by lesion_id, in the order of the ids.
        folds: at least 2.
        seed: of the shuffling.

    Raises:
        DataError: there are fewer lesions than folds of every stratum.
    """
    number = np.empty(len(strata), dtype=np.int64)
    splitter = StratifiedKFold(folds, shuffle=True, random_state=seed)
    try:
        with warnings.catch_warnings():  # of a stratum that is smaller than the number of folds
            warnings.simplefilter("ignore", UserWarning)
            for fold, (_, rows) in enumerate(splitter.split(strata, strata)):
                number[rows] = fold
    except ValueError as error:
        raise _too_few(strata, error) from None
    return number


def by_table(metadata: pd.DataFrame, table: pd.DataFrame, user_table: UserTable) -> Sides:
    """Divide as a user's table does.

    Args:
        metadata: one row per image, with image_id and the collection's own lesion_id.
        table: the same images, with the lesion_id after merging.
        user_table: an image_id, or one of the collection's lesion_id, and a split in each row.

    Raises:
        DataError: an id is unknown or missing, an image is there twice, a split is unknown, or a
            lesion is in two splits. Names all offenders, with their lines if they have one.
    """
    key = next(name for name in user_table.rows.columns if name != SIDE)
    merged = table.set_index("image_id")["lesion_id"]
    lesion = metadata["image_id"].map(merged).set_axis(metadata[key])
    lesion = lesion[~lesion.index.duplicated()].sort_index()
    ids, sides = user_table.rows[key], user_table.rows[SIDE]
    lesions = ids.map(lesion).rename("lesion_id")
    is_image = key == "image_id"
    twice = ids.duplicated(keep=False) & lesions.notna() & is_image
    torn = sides.groupby(lesions).transform("nunique") > 1
    there = lesion.index.isin(ids) if is_image else lesion.isin(lesions)
    missing = lesion.index[~there]
    refuse(
        user_table.name,
        [
            *offenders(ids[lesions.isna()], "unknown"),
            *offenders(ids[twice], "not unique"),
            *offenders(sides[~sides.isin(SPLITS)], f"unknown, expected one of {listed(SPLITS)}"),
            *offenders(lesions[torn], "in more than one split"),
            *([Problem(f"  {key} missing", tuple(map(str, missing)))] if len(missing) else []),
        ],
    )
    return dict(zip(lesions, sides, strict=True))


def _divide(strata: pd.Series, second: float, seed: int) -> tuple[Any, Any]:
    try:
        first, rest = train_test_split(
            strata.index.to_numpy(dtype=object), test_size=second, random_state=seed,
            stratify=strata.to_numpy(),
        )  # fmt: skip
    except ValueError as error:
        raise _too_few(strata, error) from None
    return first, rest


def _too_few(strata: pd.Series, error: ValueError) -> DataError:
    found = strata.value_counts().sort_index().to_dict()
    return DataError(f"too few lesions to split ({found}): {error}")
