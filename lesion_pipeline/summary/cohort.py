"""The table of the collection by split that stands first in a report ("Table 1")."""

from collections.abc import Iterator
from typing import Any, Final

import pandas as pd

from lesion_pipeline.core.labels import CLASSES, DIAGNOSES, LABEL, SPLITS
from lesion_pipeline.summary.subgroups import UNKNOWN
from lesion_pipeline.text_table import CaptionedTable

ALL: Final = "all"
COLUMNS: Final = (*SPLITS, ALL)
MISSING: Final = "missing"
TRAITS: Final = {"sex": "sex", "localization": "site", "dx_type": "diagnosis confirmed by"}
QUARTILES: Final = {"median": 0.5, "lower quartile": 0.25, "upper quartile": 0.75}
_TITLE: Final = "The lesions by split"
_NOTE: Final = (
    "Numbers of lesions with their percentage of the column, but for images and age. Of a lesion "
    "with several images the first known value counts. Missing: not recorded, or recorded as "
    "unknown. Images that could not be used are left out. Persons are not counted: the collection "
    "names lesions, and several may be of one person."
)


def cohort_table(cases: pd.DataFrame) -> pd.DataFrame:
    """Describe the lesions of each split.

    Args:
        cases: one row per image that was used: lesion_id, dx, label, split, age (years), sex,
            localization, dx_type. A value that is NaN or `unknown` is missing.

    Returns:
        One row per characteristic: group and value, and a column for train, val, test and all.
        `images`; then numbers of `lesions`, of those with several images, and of those of each
        class, diagnosis, sex, site and kind of confirmation; of age, median and quartiles in
        years, NaN where no age is known. Missing values are counted by group. All diagnoses have
        a row, if there are any at all; of the others the values that occur.
    """
    known = cases.assign(**{name: cases[name].mask(cases[name] == UNKNOWN) for name in TRAITS})
    lesions = known.groupby("lesion_id").first().assign(images=known.groupby("lesion_id").size())
    parts = {split: lesions[lesions["split"] == split] for split in SPLITS} | {ALL: lesions}
    rows = [
        {"group": group, "value": value} | {name: row(part) for name, part in parts.items()}
        for group, value, row in _rows(lesions)
    ]
    return pd.DataFrame(rows, columns=["group", "value", *COLUMNS], dtype=object)


def cohort_document(cohort: pd.DataFrame) -> CaptionedTable:
    """Return `cohort_table` for readers: percentages, and age in one row."""
    lesions = cohort[cohort["group"] == "lesions"].iloc[0]
    ages = cohort[cohort["group"] == "age"].set_index("value")
    rows = [
        ("age in years: median (quartiles)", *(_age(ages[name]) for name in COLUMNS))
        if row["value"] == "median"
        else (_name(row["group"], row["value"]), *(_cell(row, name, lesions) for name in COLUMNS))
        for row in cohort.to_dict("records")
        if row["value"] not in set(QUARTILES) - {"median"}
    ]
    return CaptionedTable(_TITLE, _NOTE, pd.DataFrame(rows, columns=["", *COLUMNS]))


def _rows(lesions: pd.DataFrame) -> Iterator[tuple[str, str, Any]]:
    """Yield group, value and what counts it in a part of the lesions."""
    yield "images", "", lambda part: int(part["images"].sum())
    yield "lesions", "", len
    yield "lesions", "with several images", lambda part: int((part["images"] > 1).sum())
    for label, name in enumerate(CLASSES):
        yield "class", name, _counting(LABEL, label)
    for dx in DIAGNOSES if lesions["dx"].isin(DIAGNOSES).any() else ():
        yield "diagnosis", dx, _counting("dx", dx)
    for name, quantile in QUARTILES.items():
        yield "age", name, lambda part, at=quantile: float(part["age"].quantile(at))
    yield "age", MISSING, _missing("age")
    for column, group in TRAITS.items():
        for value in sorted(lesions[column].dropna().unique()):
            yield group, value, _counting(column, value)
        yield group, MISSING, _missing(column)


def _counting(column: str, value: object) -> Any:
    return lambda part: int((part[column] == value).sum())


def _missing(column: str) -> Any:
    return lambda part: int(part[column].isna().sum())


def _name(group: str, value: str) -> str:
    shown = f"{DIAGNOSES[value]} ({value})" if value in DIAGNOSES else value
    return f"{group}: {shown}" if shown else group


def _cell(row: dict[Any, Any], column: str, lesions: pd.Series) -> str:
    count, total = row[column], lesions[column]
    if not row["value"] or not total:
        return f"{count:,}"
    return f"{count:,} ({100 * count / total:.1f} %)"


def _age(ages: pd.Series) -> str:
    if ages.isna().any():
        return "unknown"
    median, low, high = (ages[name] for name in QUARTILES)
    return f"{median:g} ({low:g} to {high:g})"
