"""What a physician asks first: which cancers are found, and how hard the benign lesions were.

A single sensitivity hides that melanomas are missed more often than others; a single specificity
hides that benign lesions without a biopsy are the easy ones, or come from other devices and clinics
than the malignant ones, which a network can learn instead of the disease.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lesion_pipeline.core.labels import DIAGNOSES, LABEL, PROBABILITY, decide
from lesion_pipeline.scores.results import Resamples
from lesion_pipeline.statistics.bootstrap import ranking, with_intervals
from lesion_pipeline.statistics.intervals import rate_interval
from lesion_pipeline.summary.subgroups import HISTOLOGY

MELANOMA: Final = "mel"
KERATOSIS: Final = "akiec"  # a precursor, which some count as benign

Members = NDArray[np.bool_]


@dataclass(frozen=True)
class ClinicalQuestions:
    """What the figures depend on.

    Attributes:
        threshold: the operating point, 0 to 1.
        malignant: the diagnoses that count as malignant.
        min_lesions_for_auc: fewer benign or malignant lesions have no ROC-AUC and PR-AUC.
        resamples: of the lesions, for the interval of a PR-AUC.
    """

    threshold: float
    malignant: tuple[str, ...]
    min_lesions_for_auc: int
    resamples: Resamples


def clinical_table(cases: pd.DataFrame, questions: ClinicalQuestions) -> pd.DataFrame:
    """Answer the questions that come before all others.

    Args:
        cases: one row per image: lesion_id, dx, dx_type, label, probability, and the probability
            of each diagnosis if the network predicts them.
        questions: the operating point and more.

    Returns:
        One row per figure: figure, value with the ends of its 95 % interval (_low, _high), images,
        lesions. First
        sensitivity_<dx> for each malignant diagnosis; then the specificity on benign lesions with
        histology and on those without (specificity_histology, specificity_no_histology), if dx_type
        is known of any image; then
        roc_auc and pr_auc with other questions asked: among images with histology
        (_histology); melanoma against all others (_melanoma); and with actinic keratosis counted
        as benign (_akiec_benign). The last two are by the probabilities of the diagnoses, if the
        network predicts them. NaN where there are no such images, or too few lesions.
    """
    right = decide(cases[PROBABILITY], questions.threshold) == cases[LABEL].to_numpy()
    rows = [
        {"figure": name, **_rate(right[members], cases.loc[members, "lesion_id"])}
        for name, members in _groups(cases, questions.malignant)
    ]
    for name, table in _endpoints(cases, questions.malignant).items():
        rows += _areas(name, table, questions)
    return pd.DataFrame(rows)


def _groups(cases: pd.DataFrame, malignant: tuple[str, ...]) -> Iterator[tuple[str, Members]]:
    for dx in DIAGNOSES:
        if dx in malignant:
            yield f"sensitivity_{dx}", (cases["dx"] == dx).to_numpy(bool)
    benign, histology = cases[LABEL] == 0, cases["dx_type"] == HISTOLOGY
    yield "specificity_histology", (benign & histology).to_numpy(bool)
    recorded = bool(cases["dx_type"].notna().any())  # else nothing is known, not even its absence
    yield "specificity_no_histology", (benign & ~histology & recorded).to_numpy(bool)


def _rate(right: Members, lesions: pd.Series) -> dict[str, Any]:
    value = float(right.mean()) if len(right) else None
    return _row(value, rate_interval(right, lesions), lesions)


def _endpoints(cases: pd.DataFrame, malignant: tuple[str, ...]) -> dict[str, pd.DataFrame]:
    """Return by name the lesions, labels and probabilities of other questions."""
    found = {"histology": cases[cases["dx_type"] == HISTOLOGY]}
    others = tuple(dx for dx in malignant if dx != KERATOSIS)
    for name, positive in (("melanoma", (MELANOMA,)), ("akiec_benign", others)):
        if positive and positive != malignant and set(positive) <= set(malignant):
            changes: dict[str, Any] = {LABEL: cases["dx"].isin(positive).astype(np.int64)}
            if set(positive) <= set(cases.columns):
                changes[PROBABILITY] = np.minimum(cases[list(positive)].sum(axis=1), 1)
            found[name] = cases.assign(**changes)
    return found


def _areas(name: str, table: pd.DataFrame, questions: ClinicalQuestions) -> list[dict[str, Any]]:
    counts = table.groupby(LABEL)["lesion_id"].nunique()
    enough = min(counts.get(label, 0) for label in (0, 1)) >= questions.min_lesions_for_auc
    scores: dict[str, Any] = {}
    if enough:
        labels, probabilities = table[LABEL].to_numpy(), table[PROBABILITY].to_numpy(np.float64)
        estimate = {name: ranking(labels, probabilities)}
        scores = with_intervals(estimate, table["lesion_id"], questions.resamples)[name]
    return [
        {
            "figure": f"{score}_{name}",
            **_row(scores.get(score), scores.get(f"{score}_interval"), table["lesion_id"]),
        }
        for score in ("roc_auc", "pr_auc")
    ]


def _row(
    value: float | None, interval: tuple[float, float] | None, lesions: pd.Series
) -> dict[str, Any]:
    low, high = interval or (None, None)
    counts = {"images": len(lesions), "lesions": int(lesions.nunique())}
    return {"value": value, "value_low": low, "value_high": high, **counts}
