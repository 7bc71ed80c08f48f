"""Which columns of two tables are scored, and what their values mean."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

import pandas as pd

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.labels import DIAGNOSES, MALIGNANT, PROBABILITY
from lesion_pipeline.core.listing import counted, few
from lesion_pipeline.images import SUFFIXES

IDS: Final = ("image_id", "image")  # what is looked for if no column is named, in this order
PROBABILITIES: Final = (PROBABILITY, "probability_malignant")
LABELS: Final = ("label", "dx")
LESIONS: Final = ("lesion_id",)
_KNOWN: Final = {
    **{name: 0 for name in ("0", "0.0", "false", "benign")},
    **{name: 1 for name in ("1", "1.0", "true", "malignant")},
    **{dx: int(dx in MALIGNANT) for dx in DIAGNOSES},
}


@dataclass(frozen=True)
class ScoredColumns:
    """Names of columns; None: the first of the usual names that a table has.

    Attributes:
        image_id: in the predictions, the image; compared without folder and ending.
        probability: in the predictions, the probability of malignancy.
        truth_id: in the truth, the image.
        label: in the truth, what the image shows.
        malignant: the values of `label` that are malignant, all others being benign; None: 0 and 1,
            benign and malignant, or the seven diagnoses.
        lesion: in the truth, the lesion; None: lesion_id, or there is none.
        patient: in the truth, the patient; None: there is none.
    """

    image_id: str | None = None
    probability: str | None = None
    truth_id: str | None = None
    label: str | None = None
    malignant: tuple[str, ...] | None = None
    lesion: str | None = None
    patient: str | None = None


def column(table: pd.DataFrame, given: str | None, usual: Sequence[str], name: str) -> str:
    """Return the name of a column of a table.

    Args:
        table: any.
        given: the name, if it is known.
        usual: the names to look for if it isn't.
        name: of the table, for errors.

    Raises:
        DataError: there is no such column; names those that there are.
    """
    wanted = usual if given is None else (given,)
    for one in wanted:
        if one in table.columns:
            return one
    raise DataError(f"{name}: no column {' or '.join(wanted)}; found {', '.join(table.columns)}")


def bare_ids(values: pd.Series, name: str) -> pd.Series:
    """Return image ids without their folders and endings.

    Raises:
        DataError: an id is empty or there twice; names lines.
    """
    ids = values.map(_bare)
    refuse_empty(ids, name)
    twice = ids[ids.duplicated(keep=False)]
    if len(twice):
        each = [
            f"{image_id} (lines {', '.join(map(str, lines))})"
            for image_id, lines in twice.groupby(twice, sort=False).groups.items()
        ]
        raise DataError(f"{name}: {counted(len(each), 'image')} more than once: {few(each)}")
    return ids


def _bare(text: str) -> str:
    path = PurePosixPath(text.replace("\\", "/"))
    return path.stem if path.suffix.lower() in SUFFIXES else path.name


def refuse_empty(values: pd.Series, name: str) -> None:
    """Refuse a column with an empty cell.

    Raises:
        DataError: names the lines.
    """
    empty = values.index[values == ""].tolist()
    if empty:
        lines = few([f"line {line}" for line in empty])
        raise DataError(f"{name}: {values.name} is empty in {counted(len(empty), 'row')}: {lines}")


def labels_of(values: pd.Series, malignant: Sequence[str] | None, name: str) -> pd.Series:
    """Return 1 for malignant and 0 for benign.

    Args:
        values: texts.
        malignant: as in ScoredColumns.
        name: of the table, for errors.

    Raises:
        DataError: a value is empty, or unknown; or a value that should be malignant isn't there.
    """
    refuse_empty(values, name)
    if malignant is not None:
        absent = [value for value in malignant if value not in set(values)]
        if absent:
            raise DataError(
                f"{name}: no row has the malignant {values.name} {', '.join(absent)}; "
                f"found {_frequencies(values)}"
            )
        return values.isin(list(malignant)).astype("int64")
    known = values.str.lower().map(_KNOWN)
    if known.isna().any():
        raise DataError(
            f"{name}: which values of {values.name} are malignant? Name them (--malignant); "
            f"unknown: {_frequencies(values[known.isna()])}"
        )
    return known.astype("int64")


def _frequencies(values: pd.Series) -> str:
    return few([f"{value!r} in {counted(n, 'row')}" for value, n in values.value_counts().items()])


def probabilities_of(values: pd.Series, name: str) -> pd.Series:
    """Return probabilities as float64.

    Raises:
        DataError: a value isn't a number from 0 to 1; names lines.
    """
    numbers = pd.to_numeric(values, errors="coerce")
    wrong = values[~numbers.between(0, 1)]
    if len(wrong):
        each = few([f"{value!r} in line {line}" for line, value in wrong.items()])
        raise DataError(
            f"{name}: {values.name}: expected numbers from 0 to 1, received "
            f"{counted(len(wrong), 'other value')}: {each}"
        )
    return numbers.astype("float64")
