"""Calibration curves of subgroups: age bands, sexes, lesions with and without histology."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lesion_pipeline.core.labels import LABEL
from lesion_pipeline.evaluation.calibration_curve import COLUMNS, calibration_curve
from lesion_pipeline.scores.results import Resamples
from lesion_pipeline.statistics.metrics import arrays
from lesion_pipeline.summary.subgroups import HISTOLOGY, UNKNOWN, Subgroups, age_bands


def calibration_groups(
    cases: pd.DataFrame, subgroups: Subgroups, resamples: Resamples
) -> pd.DataFrame:
    """Estimate the calibration curve of each subgroup that has enough lesions of both classes.

    Args:
        cases: one row per image: lesion_id, age (years), sex, dx_type, label, probability. A
            missing value is no subgroup.
        subgroups: age bands, and the least number of benign and of malignant lesions, which is that
            of a ROC-AUC.
        resamples: of the lesions, for the bands.

    Returns:
        One row per point of a curve: group (age, sex, histology), value, lesions,
        malignant_lesions, and predicted, observed, low and high of calibration_curve. A subgroup
        with too few lesions, or without a finite curve, has one row with NaN in these four.
    """
    parts = [
        _curve(cases[belongs], subgroups.min_lesions_for_auc, resamples).assign(
            group=group,
            value=value,
            lesions=cases.loc[belongs, "lesion_id"].nunique(),
            malignant_lesions=cases.loc[belongs & (cases[LABEL] == 1), "lesion_id"].nunique(),
        )
        for group, value, belongs in _groups(cases, subgroups)
    ]
    columns = ["group", "value", "lesions", "malignant_lesions", *COLUMNS]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _curve(cases: pd.DataFrame, least: int, resamples: Resamples) -> pd.DataFrame:
    nothing = pd.DataFrame({name: [np.nan] for name in COLUMNS})
    lesions = cases.groupby(LABEL)["lesion_id"].nunique()
    if min(lesions.get(label, 0) for label in (0, 1)) < least:
        return nothing
    curve = calibration_curve(*arrays(cases), cases["lesion_id"], resamples)
    return curve if len(curve) else nothing


def _groups(
    cases: pd.DataFrame, subgroups: Subgroups
) -> Iterator[tuple[str, str, NDArray[np.bool_]]]:
    """Yield group, value and members of each subgroup that has images."""
    histology = np.where(cases["dx_type"] == HISTOLOGY, "with histology", "without histology")
    columns: dict[str, Any] = {
        "age": age_bands(cases["age"], subgroups.age_bands),
        "sex": cases["sex"].astype("category").array,
        "histology": pd.Categorical(np.where(cases["dx_type"].isna(), UNKNOWN, histology)),
    }
    for group, column in columns.items():
        for value in column.categories:
            members = np.asarray(column == value)
            if value != UNKNOWN and members.any():
                yield group, str(value), members
