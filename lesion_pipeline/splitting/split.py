"""Split a collection by lesion, stratified by class: no lesion is in two splits."""

from collections.abc import Collection
from typing import Final

import numpy as np
import pandas as pd

from lesion_pipeline.core.errors import DataError, listed
from lesion_pipeline.core.labels import CLASSES, LABEL, MALIGNANT, SPLITS, is_malignant
from lesion_pipeline.splitting.divide import Sides, by_folds, by_ratios, by_table
from lesion_pipeline.splitting.params import SplitParams
from lesion_pipeline.splitting.same_lesion import merge_lesions
from lesion_pipeline.splitting.summary import Counts, Merged, SplitSummary
from lesion_pipeline.splitting.user_split import UserSplit

NO_TABLES: Final = UserSplit()


def split(
    metadata: pd.DataFrame,
    params: SplitParams,
    user_split: UserSplit = NO_TABLES,
    malignant: Collection[str] = MALIGNANT,
) -> pd.DataFrame:
    """Assign a label and a split to each image.

    Lesions that are the same are merged first. The lesions, sorted by id, are then divided by
    `params.strategy`. With `reference`, 70/15/15 and seed 42, HAM10000 is divided into 7,010 /
    1,500 / 1,505 images.

    Args:
        metadata: one row per image, with lesion_id and dx.
        params: the strategy and its parameters.
        user_split: the tables that `params` names.
        malignant: the diagnoses whose label is 1.

    Returns:
        `metadata` in the order of image_id with two more columns: label (int64, 1 malignant)
        and split (train, val or test). The order of rows in `metadata` makes no difference.

    Raises:
        DataError: a lesion_id is missing, a user's table doesn't fit the collection, or a split
            has no lesion of a class.
    """
    table = _prepare(metadata, user_split, malignant)
    if params.strategy == "file":
        if user_split.sides is None:
            raise ValueError("expected user_split.sides with strategy file, received None")
        return _assign(table, by_table(metadata, table, user_split.sides))
    return _assign(table, _sides(table, params))


def split_folds(
    metadata: pd.DataFrame,
    params: SplitParams,
    user_split: UserSplit = NO_TABLES,
    malignant: Collection[str] = MALIGNANT,
) -> dict[str, pd.DataFrame]:
    """Return for `kfold` the result of `split` for each fold, as fold-1, fold-2, ...; else {}.

    Raises:
        DataError: as `split`.
    """
    if params.strategy != "kfold":
        return {}
    table = _prepare(metadata, user_split, malignant)
    folds = by_folds(_strata(table, params), params.folds, params.seed)
    return {f"fold-{number}": _assign(table, fold) for number, fold in enumerate(folds, start=1)}


def check_split(table: pd.DataFrame) -> None:
    """Check that no lesion is in two splits, and that each split has lesions of each class.

    Raises:
        DataError: names the lesions, or the split and the class.
    """
    sides = table.groupby("lesion_id")["split"].nunique()
    if (sides > 1).any():
        raise DataError(f"lesion in more than one split: {listed(sides.index[sides > 1])}")
    counts = count(table)
    for part in SPLITS:
        for name in CLASSES:
            if not counts[part][name].lesions:
                raise DataError(f"split {part} has no {name} lesion: use more lesions or ratios")


def count(table: pd.DataFrame) -> dict[str, dict[str, Counts]]:
    """Count images and lesions by split and class."""
    result: dict[str, dict[str, Counts]] = {}
    for part in SPLITS:
        result[part] = {}
        for label, name in enumerate(CLASSES):
            rows = table[(table["split"] == part) & (table[LABEL] == label)]
            lesions = int(rows["lesion_id"].nunique())
            result[part][name] = Counts(images=len(rows), lesions=lesions)
    return result


def describe_split(
    metadata: pd.DataFrame,
    table: pd.DataFrame,
    params: SplitParams,
    user_split: UserSplit = NO_TABLES,
    malignant: Collection[str] = MALIGNANT,
) -> SplitSummary:
    """Summarise a split.

    Args:
        metadata: as it was given to `split`.
        table: as `split` returned it.
        params: as they were given to `split`.
        user_split: likewise.
        malignant: likewise.
    """
    counts = count(table)
    ids_gone = metadata["lesion_id"].nunique() - table["lesion_id"].nunique()
    return SplitSummary(
        params=params,
        malignant=tuple(malignant),
        counts=counts,
        positive_weight=counts["train"]["benign"].images / counts["train"]["malignant"].images,
        merged=Merged(
            pairs=0 if user_split.pairs is None else len(user_split.pairs.rows),
            ids_gone=int(ids_gone),
        ),
        lesion_ids={
            part: tuple(sorted(table.loc[table["split"] == part, "lesion_id"].unique()))
            for part in SPLITS
        },
    )


def _prepare(
    metadata: pd.DataFrame, user_split: UserSplit, malignant: Collection[str]
) -> pd.DataFrame:
    nameless = metadata.loc[metadata["lesion_id"].isna(), "image_id"]
    if len(nameless):
        raise DataError(f"lesion_id is missing for image {listed(nameless)}")
    table = merge_lesions(metadata, user_split.pairs)
    table = table.assign(**{LABEL: is_malignant(table["dx"], malignant)})
    return table.sort_values("image_id", ignore_index=True)


def _assign(table: pd.DataFrame, sides: Sides) -> pd.DataFrame:
    table = table.assign(split=table["lesion_id"].map(sides))
    check_split(table)
    return table


def _sides(table: pd.DataFrame, params: SplitParams) -> Sides:
    strata = _strata(table, params)
    if params.strategy == "kfold":
        return by_folds(strata, params.folds, params.seed)[params.fold - 1]
    return by_ratios(strata, params.ratios.val, params.ratios.test, params.seed)


def _strata(table: pd.DataFrame, params: SplitParams) -> pd.Series:
    """Return the classes to balance, by lesion_id, in the order of the ids."""
    lesions = table.groupby("lesion_id")[["dx", LABEL]].first().sort_index()
    if params.strategy == "reference":
        return pd.Series(np.take(CLASSES, lesions[LABEL]), index=lesions.index)
    return lesions["dx"]
