"""Split a collection by lesion, stratified by class: no lesion is on two sides."""

from typing import Any

import numpy as np
import pandas as pd
from pydantic import Field, model_validator
from sklearn.model_selection import train_test_split

from lesion_pipeline.errors import DataError, listed
from lesion_pipeline.labels import CLASSES, LABEL, SPLITS, is_malignant
from lesion_pipeline.params import Section


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
    """How the lesions are divided."""

    ratios: Ratios
    seed: int = Field(ge=0, lt=2**32)


def split(metadata: pd.DataFrame, params: SplitParams) -> pd.DataFrame:
    """Give each image a label and a split.

    The lesions, sorted by id, are cut twice by scikit-learn's `train_test_split`, stratified on
    the binary label: train against the rest, then the rest into val and test. With 70/15/15 and
    seed 42 HAM10000 falls into 7,010 / 1,500 / 1,505 images.

    Args:
        metadata: one row an image, with lesion_id and dx.
        params: ratios and seed.

    Returns:
        `metadata` in the order of image_id with two more columns: label (int64, 1 malignant)
        and split (train, val or test). The order of rows in `metadata` makes no difference.

    Raises:
        DataError: a lesion_id is missing, or a split is left without a lesion of a class.
    """
    nameless = metadata.loc[metadata["lesion_id"].isna(), "image_id"]
    if len(nameless):
        raise DataError(f"lesion_id is missing for image {listed(nameless)}")
    table = metadata.assign(**{LABEL: is_malignant(metadata["dx"])})
    lesions = table.groupby("lesion_id")[LABEL].first().sort_index()
    table["split"] = table["lesion_id"].map(_divide(lesions, params))
    table = table.sort_values("image_id", ignore_index=True)
    check_split(table)
    return table


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
    """Summarise a split: seed, ratios, counts, positive weight (benign / malignant images of
    train), and the lesion ids of each part.
    """
    counts = count(table)
    train = counts["train"]
    weight = train["benign"]["images"] / train["malignant"]["images"]
    lesions = {
        part: sorted(table.loc[table["split"] == part, "lesion_id"].unique()) for part in SPLITS
    }
    return {
        "seed": params.seed,
        "ratios": params.ratios.model_dump(),
        "counts": counts,
        "positive_weight": weight,
        "lesion_ids": lesions,
    }


def _divide(lesions: pd.Series, params: SplitParams) -> dict[str, str]:
    ratios = params.ratios
    ids, labels = lesions.index.to_numpy(dtype=object), lesions.to_numpy()
    train, rest = _cut(ids, labels, ratios.val + ratios.test, params.seed)
    rest_labels = lesions.loc[list(rest)].to_numpy()
    val, test = _cut(rest, rest_labels, ratios.test / (ratios.val + ratios.test), params.seed)
    parts = zip(SPLITS, (train, val, test), strict=True)
    return {str(lesion): part for part, ids in parts for lesion in ids}


def _cut(
    ids: np.ndarray[Any, Any], labels: np.ndarray[Any, Any], second: float, seed: int
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    try:
        first, rest = train_test_split(ids, test_size=second, random_state=seed, stratify=labels)
    except ValueError as error:
        found = {CLASSES[label]: int((labels == label).sum()) for label in (0, 1)}
        raise DataError(f"too few lesions to split ({found}): {error}") from None
    return first, rest
