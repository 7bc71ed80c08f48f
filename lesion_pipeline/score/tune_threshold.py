"""Choose the operating point on val; look at it once on test."""

from typing import Annotated, Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field

from lesion_pipeline import charts
from lesion_pipeline.labels import LABEL, PROBABILITY
from lesion_pipeline.params import Section
from lesion_pipeline.score.curves import threshold_table
from lesion_pipeline.score.metrics import (
    Labels,
    Probabilities,
    check,
    confusion,
    decision_metrics,
)


class ThresholdParams(Section):
    """What sensitivity must be reached on val."""

    target_sensitivity: float = Field(gt=0, le=1)
    report: tuple[Annotated[float, Field(gt=0, le=1)], ...] = Field(strict=False)


def tune_threshold(
    val: pd.DataFrame, test: pd.DataFrame, params: ThresholdParams
) -> dict[str, Any]:
    """Choose the threshold with the highest specificity on val that keeps the sensitivity.

    Args:
        val: a row an image, with label and probability; the only table that is chosen on.
        test: likewise, for reporting.
        params: the target.

    Returns:
        threshold, target_sensitivity, then sensitivity, specificity, ppv, npv, accuracy,
        f1_score, tp, tn, fp, fn on val, and the same under `test`.
    """
    threshold = choose(*_arrays(val), params.target_sensitivity)
    return {
        "threshold": threshold,
        "target_sensitivity": params.target_sensitivity,
        **at(val, threshold),
        "test": at(test, threshold),
    }


def choose(labels: Labels, probabilities: Probabilities, target: float) -> float:
    """Give the highest threshold at which at least `target` of the malignant are called so.

    Any number from there down to the next lower probability decides the same; the middle is
    taken, so that rounding in another runtime doesn't turn the image at the edge.

    Args:
        labels: (images,), 0 or 1, both present.
        probabilities: (images,), 0 to 1.
        target: sensitivity, above 0 to 1.

    Returns:
        The threshold, 0 to 1.

    Raises:
        DataError: see metrics.check.
    """
    check(labels, probabilities)
    malignant = np.sort(probabilities[labels == 1])[::-1]
    needed = int(np.ceil(target * len(malignant) - 1e-9))  # .07 * 100, a bit over 7, must be 7
    edge = malignant[max(needed, 1) - 1]
    below = probabilities[probabilities < edge]
    if not len(below):
        return float(edge)
    middle = float((edge + below.max()) / 2)
    return middle if middle > below.max() else float(edge)  # nothing fits between neighbours


def at(predictions: pd.DataFrame, threshold: float) -> dict[str, float]:
    """Give rates and counts of a table of predictions at a threshold."""
    counts = confusion(*_arrays(predictions), threshold)
    return {**decision_metrics(counts), **counts}


def targets_table(
    val: pd.DataFrame, test: pd.DataFrame, targets: tuple[float, ...]
) -> pd.DataFrame:
    """Show what each target would mean: threshold chosen on val, rates on val and on test."""
    rows = []
    for target in targets:
        threshold = choose(*_arrays(val), target)
        row = {"target_sensitivity": target, "threshold": threshold}
        for name, table in (("val", val), ("test", test)):
            rates = at(table, threshold)
            row |= {f"{name}_{key}": rates[key] for key in ("sensitivity", "specificity")}
        rows.append(row)
    return pd.DataFrame(rows)


def _arrays(predictions: pd.DataFrame) -> tuple[Labels, Probabilities]:
    return (
        predictions[LABEL].to_numpy(np.int64),
        predictions[PROBABILITY].to_numpy(np.float64),
    )


def draw(val: pd.DataFrame, threshold: float) -> dict[str, Figure]:
    """Draw the rates on val against the threshold."""
    return {"operating_point": charts.threshold_chart(threshold_table(*_arrays(val)), threshold)}
