"""Rates and ROC-AUC by diagnosis, age, sex, site and method of diagnosis, with intervals."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lesion_pipeline.core.labels import CLASSES, LABEL, PROBABILITY, decide
from lesion_pipeline.core.results import Result
from lesion_pipeline.statistics.intervals import rate_interval
from lesion_pipeline.statistics.metrics import arrays, ranking_metrics
from lesion_pipeline.statistics.roc_interval import roc_auc_interval
from lesion_pipeline.vocabulary import labels_of

UNKNOWN: Final = "unknown"
HISTOLOGY: Final = "histo"  # dx_type of a diagnosis by a pathologist

Members = NDArray[np.bool_]  # (images,), whether an image belongs to a subgroup


class Subgroups(Result):
    """The subgroups, and when their ROC-AUC is computed.

    Attributes:
        age_bands: where an age band begins, in years, rising; one more begins at 0.
        min_lesions_for_auc: a subgroup with fewer benign or malignant lesions has no ROC-AUC.
    """

    age_bands: tuple[int, ...]
    min_lesions_for_auc: int


def subgroup_table(cases: pd.DataFrame, threshold: float, subgroups: Subgroups) -> pd.DataFrame:
    """Score every subgroup.

    Args:
        cases: one row per image: lesion_id, dx, age (years), sex, site, dx_type, label,
            probability. A missing value counts as unknown.
        threshold: the operating point, 0 to 1.
        subgroups: age bands, and the least size for a ROC-AUC.

    Returns:
        One row per subgroup: group (all, diagnosis, age, sex, site, dx_type) and value, images,
        malignant, lesions, malignant_lesions; sensitivity and specificity with the ends (_low,
        _high) of their 95 % intervals (intervals.rate_interval); roc_auc with those of
        roc_interval; predicted (mean probability) and observed (fraction malignant) with the ends
        of its interval. NaN where there are no images, or, of the last two, too few lesions of
        either class. All seven diagnoses (if the collection has diagnoses) and all age bands have a
        row; of the other groups only the values that occur.
    """
    return pd.DataFrame(
        [
            {"group": group, "value": value}
            | _rates(cases[belongs], threshold)
            | _by_probability(cases[belongs], subgroups.min_lesions_for_auc)
            for group, value, belongs in _groups(cases, subgroups.age_bands)
        ]
    )


def age_bands(ages: pd.Series, begins: tuple[int, ...]) -> "pd.Categorical":
    """Return the age band of each image: `under 30`, `30-44` ... `75 and over`, `unknown`."""
    named = [f"under {begins[0]}"]
    named += [f"{low}-{high - 1}" for low, high in pairwise(begins)]
    named += [f"{begins[-1]} and over"]
    bands = pd.cut(ages, [-np.inf, *begins, np.inf], right=False, labels=named)
    return pd.Categorical(bands.astype(object).fillna(UNKNOWN), [*named, UNKNOWN])


def _groups(cases: pd.DataFrame, begins: tuple[int, ...]) -> Iterator[tuple[str, str, Members]]:
    """Yield group, value and members of each subgroup."""
    yield "all", "all", np.ones(len(cases), dtype=bool)
    yield "all", "histology only", (cases["dx_type"] == HISTOLOGY).to_numpy(bool)
    labels = labels_of(cases["dx"])
    columns = {
        **({"diagnosis": pd.Categorical(cases["dx"], list(labels))} if labels != CLASSES else {}),
        "age": age_bands(cases["age"], begins),
        "sex": _named(cases["sex"]),
        "site": _named(cases["site"]),
        "dx_type": _named(cases["dx_type"]),
    }
    for group, column in columns.items():
        for value in column.categories:
            yield group, value, np.asarray(column == value)


def _named(column: pd.Series) -> "pd.Categorical":
    values = column.astype(object).fillna(UNKNOWN)  # a column of nothing is float
    return pd.Categorical(values, sorted(set(values), key=lambda value: (value == UNKNOWN, value)))


def _rates(cases: pd.DataFrame, threshold: float) -> dict[str, Any]:
    labels, lesions = cases[LABEL].to_numpy(np.int64), cases["lesion_id"].to_numpy()
    right = decide(cases[PROBABILITY], threshold) == labels
    row: dict[str, Any] = {
        "images": len(cases),
        "malignant": int(labels.sum()),
        "lesions": int(cases["lesion_id"].nunique()),
        "malignant_lesions": int(cases.loc[labels == 1, "lesion_id"].nunique()),
    }
    for name, label in (("sensitivity", 1), ("specificity", 0)):
        hits = right[labels == label]
        rate = float(hits.mean()) if len(hits) else None
        row |= _ends(name, rate, rate_interval(hits, lesions[labels == label]))
    return row


def _by_probability(cases: pd.DataFrame, least: int) -> dict[str, float | None]:
    """Rank and compare with frequencies, if there are so many benign and malignant lesions."""
    lesions = cases.groupby(LABEL)["lesion_id"].nunique()
    if min(lesions.get(label, 0) for label in (0, 1)) < least:
        nothing = {"predicted": None}
        return _ends("roc_auc", None, None) | nothing | _ends("observed", None, None)
    (labels, probabilities), names = arrays(cases), cases["lesion_id"]
    area = ranking_metrics(labels, probabilities)["roc_auc"]
    return (
        _ends("roc_auc", area, roc_auc_interval(labels, probabilities, names))
        | {"predicted": float(probabilities.mean())}
        | _ends("observed", float(labels.mean()), rate_interval(labels, names))
    )


def _ends(
    name: str, value: float | None, interval: tuple[float, float] | None
) -> dict[str, float | None]:
    low, high = interval or (None, None)
    return {name: value, f"{name}_low": low, f"{name}_high": high}
