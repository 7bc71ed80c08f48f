"""Figures by diagnosis, age, sex, site and kind of diagnosis, each with how little it rests on."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lesion_pipeline.core.labels import DIAGNOSES, LABEL, PROBABILITY, decide
from lesion_pipeline.evaluation.bootstrap import (
    lesion_weights,
    percentile_interval,
    weighted_ranking,
)
from lesion_pipeline.evaluation.intervals import rate_interval
from lesion_pipeline.evaluation.metrics import ranking_metrics

UNKNOWN: Final = "unknown"
HISTOLOGY: Final = "histo"  # dx_type of what a pathologist saw

Members = NDArray[np.bool_]  # (images,), which images belong to a subgroup


@dataclass(frozen=True)
class Subgroups:
    """How subgroups are made and when their ROC-AUC is given.

    Attributes:
        age_bands: where an age band begins, in years, rising; the first begins at 0.
        min_images_for_auc: fewer benign or fewer malignant images have no ROC-AUC.
        samples: resamples of the lesions for the interval of a ROC-AUC.
        seed: of the resamples.
    """

    age_bands: tuple[int, ...]
    min_images_for_auc: int
    samples: int
    seed: int


def subgroup_table(cases: pd.DataFrame, threshold: float, how: Subgroups) -> pd.DataFrame:
    """Score every subgroup.

    Args:
        cases: a row an image: lesion_id, dx, age (years), sex, site, dx_type, label, probability.
            What is missing counts as unknown.
        threshold: the operating point, 0 to 1.
        how: age bands and resamples.

    Returns:
        A row a subgroup: group (all, diagnosis, age, sex, site, dx_type) and value, images,
        malignant, lesions; sensitivity and specificity with the ends (_low, _high) of their 95 %
        intervals (intervals.rate_interval); roc_auc with those of a bootstrap of the lesions. NaN
        where there is nothing to count or too little to rank. All seven diagnoses and all age
        bands have a row, of the others those that occur.
    """
    labels = cases[LABEL].to_numpy(np.int64)
    groups = list(_groups(cases, how.age_bands))
    members = [belongs for _, _, belongs in groups]
    rows = [
        {"group": group, "value": value} | _rates(cases[belongs], threshold)
        for group, value, belongs in groups
    ]
    least = how.min_images_for_auc
    enough = [
        number
        for number, belongs in enumerate(members)
        if min((labels[belongs] == 1).sum(), (labels[belongs] == 0).sum()) >= least
    ]
    areas = _roc_aucs(cases, [members[number] for number in enough], how)
    for number, area in zip(enough, areas, strict=True):
        rows[number] |= area
    return pd.DataFrame(rows)


def age_bands(ages: pd.Series, begins: tuple[int, ...]) -> "pd.Categorical":
    """Name the age band of each image: `under 30`, `30-44` ... `75 and over`, `unknown`."""
    named = [f"under {begins[0]}"]
    named += [f"{low}-{high - 1}" for low, high in pairwise(begins)]
    named += [f"{begins[-1]} and over"]
    bands = pd.cut(ages, [-np.inf, *begins, np.inf], right=False, labels=named)
    return pd.Categorical(bands.astype(object).fillna(UNKNOWN), [*named, UNKNOWN])


def _groups(cases: pd.DataFrame, begins: tuple[int, ...]) -> Iterator[tuple[str, str, Members]]:
    """Yield group, value and who belongs, of each subgroup."""
    yield "all", "all", np.ones(len(cases), dtype=bool)
    yield "all", "histology only", (cases["dx_type"] == HISTOLOGY).to_numpy(bool)
    columns = {
        "diagnosis": pd.Categorical(cases["dx"], list(DIAGNOSES)),
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
    }
    for name, side in (("sensitivity", 1), ("specificity", 0)):
        hits = right[labels == side]
        rate = float(hits.mean()) if len(hits) else None
        row |= _ends(name, rate, rate_interval(hits, lesions[labels == side]))
    return row | _ends("roc_auc", None, None)


def _roc_aucs(
    cases: pd.DataFrame, members: list[Members], how: Subgroups
) -> list[dict[str, float | None]]:
    """Rank each subgroup; all are parts of the same resamples of all lesions."""
    labels = cases[LABEL].to_numpy(np.int64)
    scores = cases[PROBABILITY].to_numpy(np.float64)
    resampled: list[list[NDArray[np.float64]]] = [[] for _ in members]
    for weights in lesion_weights(cases["lesion_id"], how.samples, how.seed):
        for found, who in zip(resampled, members, strict=True):
            found.append(weighted_ranking(labels[who], scores[who], weights[:, who])["roc_auc"])
    return [
        _ends(
            "roc_auc",
            ranking_metrics(labels[who], scores[who])["roc_auc"],
            percentile_interval(np.concatenate(found)),
        )
        for found, who in zip(resampled, members, strict=True)
    ]


def _ends(name: str, value: float | None, interval: list[float] | None) -> dict[str, float | None]:
    low, high = interval or (None, None)
    return {name: value, f"{name}_low": low, f"{name}_high": high}
