"""Split a collection by lesion, stratified by class: no lesion is on two sides."""

from collections.abc import Collection
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from lesion_pipeline.core.errors import DataError, listed
from lesion_pipeline.core.labels import CLASSES, LABEL, MALIGNANT, SPLITS, is_malignant
from lesion_pipeline.core.params import Section
from lesion_pipeline.splitting.divide import Sides, by_folds, by_ratios, by_table
from lesion_pipeline.splitting.same_lesion import merge_lesions
from lesion_pipeline.tables.user_split import Given

NOTHING: Final = Given()


class Ratios(Section):
    """Parts of the lesions, more than 0 each, summing to 1."""

    train: float = Field(gt=0, lt=1)
    val: float = Field(gt=0, lt=1)
    test: float = Field(gt=0, lt=1)

    @model_validator(mode="after")
    def _sum_to_one(self) -> "Ratios":
        total = self.train + self.val + self.test
        if abs(total - 1) > 1e-9:
            raise ValueError(f"expected train + val + test = 1, their sum is {total:g}")
        return self


class SplitParams(Section):
    """How the lesions are divided.

    Attributes:
        strategy: `reference`: by ratios, stratified on benign and malignant; `by_diagnosis`: by
            ratios, stratified on the diagnoses; `kfold`: into folds, stratified on the diagnoses;
            `file`: as a file says.
        ratios: of reference and by_diagnosis.
        folds: of kfold, how many.
        fold: of kfold, the one that is test, counted from 1; the next is val.
        file: of strategy file, its path.
        same_lesion_pairs: a file of lesion ids that are the same lesion, for any strategy.
        seed: of the dividing.
    """

    strategy: Literal["reference", "by_diagnosis", "kfold", "file"]
    ratios: Ratios
    folds: int = Field(ge=3)
    fold: int = Field(ge=1)
    file: str | None
    same_lesion_pairs: str | None
    seed: int = Field(ge=0, lt=2**32)

    @model_validator(mode="after")
    def _fit(self) -> "SplitParams":
        if self.fold > self.folds:
            raise ValueError(f"expected fold from 1 to folds, {self.folds}, it is {self.fold}")
        if (self.strategy == "file") != bool(self.file):
            raise ValueError("strategy file and a file need each other")
        return self


def split(
    metadata: pd.DataFrame,
    params: SplitParams,
    given: Given = NOTHING,
    malignant: Collection[str] = MALIGNANT,
) -> pd.DataFrame:
    """Give each image a label and a split.

    Lesions that are the same are merged first. The lesions, sorted by id, are then divided as
    `params.strategy` says. With `reference`, 70/15/15 and seed 42 HAM10000 falls into 7,010 /
    1,500 / 1,505 images.

    Args:
        metadata: one row an image, with lesion_id and dx.
        params: strategy, and what it needs.
        given: what the files say that `params` names.
        malignant: the diagnoses whose label is 1.

    Returns:
        `metadata` in the order of image_id with two more columns: label (int64, 1 malignant)
        and split (train, val or test). The order of rows in `metadata` makes no difference.

    Raises:
        DataError: a lesion_id is missing, what is given doesn't fit the collection, or a split is
            left without a lesion of a class.
    """
    table = _prepare(metadata, given, malignant)
    if params.strategy == "file":
        if given.sides is None:
            raise ValueError("expected given.sides with strategy file, received None")
        return _assign(table, by_table(metadata, table, given.sides))
    return _assign(table, _sides(table, params))


def split_folds(
    metadata: pd.DataFrame,
    params: SplitParams,
    given: Given = NOTHING,
    malignant: Collection[str] = MALIGNANT,
) -> dict[str, pd.DataFrame]:
    """Give for `kfold` what `split` gives for each fold, by fold-1, fold-2, ...; else nothing.

    Raises:
        DataError: as split.
    """
    if params.strategy != "kfold":
        return {}
    table = _prepare(metadata, given, malignant)
    folds = by_folds(_strata(table, params), params.folds, params.seed)
    return {f"fold-{number}": _assign(table, fold) for number, fold in enumerate(folds, start=1)}


def check_split(table: pd.DataFrame) -> None:
    """Guard what everything rests on: no lesion on two sides, each class on each side.

    Raises:
        DataError: names the lesions, or the split and the class.
    """
    sides = table.groupby("lesion_id")["split"].nunique()
    if (sides > 1).any():
        raise DataError(f"lesion in more than one split: {listed(sides.index[sides > 1])}")
    counts = count(table)
    for part in SPLITS:
        for name in CLASSES:
            if not counts[part][name]["lesions"]:
                raise DataError(f"split {part} has no {name} lesion: use more lesions or ratios")


def count(table: pd.DataFrame) -> dict[str, dict[str, dict[str, int]]]:
    """Count images and lesions by split and class: result[split][class]["images" | "lesions"]."""
    result: dict[str, dict[str, dict[str, int]]] = {}
    for part in SPLITS:
        result[part] = {}
        for label, name in enumerate(CLASSES):
            rows = table[(table["split"] == part) & (table[LABEL] == label)]
            lesions = int(rows["lesion_id"].nunique())
            result[part][name] = {"images": len(rows), "lesions": lesions}
    return result


def describe_split(table: pd.DataFrame, params: SplitParams) -> dict[str, Any]:
    """Summarise a split: how it was made, counts, positive weight (benign / malignant images of
    train), and the lesion ids of each part.
    """
    counts = count(table)
    train = counts["train"]
    weight = train["benign"]["images"] / train["malignant"]["images"]
    lesions = {
        part: sorted(table.loc[table["split"] == part, "lesion_id"].unique()) for part in SPLITS
    }
    return {
        **params.model_dump(),
        "counts": counts,
        "positive_weight": weight,
        "lesion_ids": lesions,
    }


def describe_merging(metadata: pd.DataFrame, table: pd.DataFrame, given: Given) -> dict[str, int]:
    """Count the pairs given and the ids that are gone since."""
    return {
        "pairs": 0 if given.pairs is None else len(given.pairs.rows),
        "ids_gone": int(metadata["lesion_id"].nunique() - table["lesion_id"].nunique()),
    }


def _prepare(metadata: pd.DataFrame, given: Given, malignant: Collection[str]) -> pd.DataFrame:
    nameless = metadata.loc[metadata["lesion_id"].isna(), "image_id"]
    if len(nameless):
        raise DataError(f"lesion_id is missing for image {listed(nameless)}")
    table = merge_lesions(metadata, given.pairs)
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
    """Give what is to be as frequent on each side, by lesion_id, in the order of the ids."""
    lesions = table.groupby("lesion_id")[["dx", LABEL]].first().sort_index()
    if params.strategy == "reference":
        return pd.Series(np.take(CLASSES, lesions[LABEL]), index=lesions.index)
    return lesions["dx"]
