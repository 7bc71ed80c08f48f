"""Predictions and labels of the same images, joined."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import pandas as pd

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.labels import LABEL, PROBABILITY
from lesion_pipeline.core.listing import counted, few
from lesion_pipeline.scoring.columns import (
    IDS,
    LABELS,
    LESIONS,
    PROBABILITIES,
    ScoredColumns,
    bare_ids,
    column,
    labels_of,
    probabilities_of,
    refuse_empty,
)
from lesion_pipeline.tables.delimited import read_delimited

Unit = Literal["patient", "lesion", "image"]
ERROR: Final = "error"  # column of `lesion predict`: why an image has no probability


@dataclass(frozen=True)
class LabelledPredictions:
    """Predictions with the truth.

    Attributes:
        table: one row per image: image_id, label (0 or 1), probability (0 to 1), lesion_id (the
            image itself if lesions aren't known), and cluster, what intervals take as independent.
        cluster: what a cluster is.
        lesions_known: whether there is a column of lesions.
        left_out: images without a probability, because they could not be read.
        one_sided: images that are in one table only, if these may be left out.
    """

    table: pd.DataFrame
    cluster: Unit
    lesions_known: bool
    left_out: int
    one_sided: int


def read_cases(
    predictions: Path, truth: Path, columns: ScoredColumns, common: bool = False
) -> LabelledPredictions:
    """Read predictions and truth, and join them by image.

    Args:
        predictions: a table, as tables.delimited reads it; `lesion predict` writes such a file.
        truth: likewise.
        columns: which of their columns count.
        common: leave out images that are in one of them only, instead of refusing them.

    Raises:
        DataError: a file can't be read; a column is missing; an image is there twice or in one
            table only; a probability, a label, a lesion or a patient isn't what it must be.
    """
    predicted, left_out = _predicted(predictions, columns)
    labelled = _labelled(truth, columns)
    readable = labelled.drop(index=labelled.index.intersection(left_out))
    one_sided = _one_sided(predicted, readable, (predictions, truth), common)
    table = predicted.join(readable, how="inner").reset_index()
    if table.empty:
        raise DataError(f"{predictions} and {truth} have no image in common")
    return LabelledPredictions(
        table=_with_groups(table),
        cluster=_cluster(labelled),
        lesions_known="lesion_id" in labelled,
        left_out=len(left_out.intersection(labelled.index)),
        one_sided=one_sided,
    )


def _predicted(path: Path, columns: ScoredColumns) -> tuple[pd.DataFrame, pd.Index]:
    """Return probabilities by image, and the images that have none because they failed."""
    name = str(path)
    table = read_delimited(path, name)
    ids = bare_ids(table[column(table, columns.image_id, IDS, name)], name)
    texts = table[column(table, columns.probability, PROBABILITIES, name)]
    failed = (texts == "") & (table[ERROR] != "") if ERROR in table else texts.isna()
    values = probabilities_of(texts[~failed], name)
    predicted = pd.DataFrame({PROBABILITY: values.to_numpy()}, _index(ids[~failed]))
    return predicted, _index(ids[failed])


def _labelled(path: Path, columns: ScoredColumns) -> pd.DataFrame:
    """Return label, and lesion_id and patient if they are known, by image."""
    name = str(path)
    table = read_delimited(path, name)
    ids = bare_ids(table[column(table, columns.truth_id, IDS, name)], name)
    values = table[column(table, columns.label, LABELS, name)]
    found = {LABEL: labels_of(values, columns.malignant, name)}
    if columns.lesion is not None or LESIONS[0] in table:
        found["lesion_id"] = table[column(table, columns.lesion, LESIONS, name)]
    if columns.patient is not None:
        found["patient"] = table[column(table, columns.patient, (), name)]
    for group in found.values():
        refuse_empty(group, name)
    return pd.DataFrame(found).set_index(_index(ids))


def _index(ids: pd.Series) -> pd.Index:
    index: pd.Index = pd.Index(ids, name="image_id")
    return index


def _one_sided(
    predicted: pd.DataFrame, labelled: pd.DataFrame, files: tuple[Path, Path], common: bool
) -> int:
    sides = (
        (predicted.index.difference(labelled.index), files[0], files[1]),
        (labelled.index.difference(predicted.index), files[1], files[0]),
    )
    problems = [
        f"{counted(len(odd), 'image')} of {here} not in {there}: {few(odd.tolist())}"
        for odd, here, there in sides
        if len(odd)
    ]
    if problems and not common:
        raise DataError("\n".join([*problems, "--common scores the images that are in both"]))
    return sum(len(odd) for odd, _, _ in sides)


def _cluster(labelled: pd.DataFrame) -> Unit:
    if "patient" in labelled:
        return "patient"
    return "lesion" if "lesion_id" in labelled else "image"


def _with_groups(table: pd.DataFrame) -> pd.DataFrame:
    """Add lesion_id, if it isn't known, and cluster.

    Raises:
        DataError: a lesion has several patients.
    """
    if "lesion_id" not in table:
        table = table.assign(lesion_id=table["image_id"])
    if "patient" not in table:
        return table.assign(cluster=table["lesion_id"])
    patients = table.groupby("lesion_id")["patient"].nunique()
    several = patients.index[patients > 1].tolist()
    if several:
        raise DataError(f"{counted(len(several), 'lesion')} of several patients: {few(several)}")
    return table.rename(columns={"patient": "cluster"})
