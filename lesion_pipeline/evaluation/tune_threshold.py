"""Choose the operating point on val; look at it once on test."""

from typing import Any, get_args

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lesion_pipeline import charts
from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.labels import LABEL, PROBABILITY, decide
from lesion_pipeline.evaluation.curves import roc_table, threshold_table
from lesion_pipeline.evaluation.intervals import rate_interval
from lesion_pipeline.evaluation.metrics import (
    Labels,
    Probabilities,
    check,
    confusion,
    decision_metrics,
)
from lesion_pipeline.evaluation.policies import ThresholdParams, choose
from lesion_pipeline.evaluation.policy import Policy

Rates = dict[str, Any]


def tune_threshold(val: pd.DataFrame, test: pd.DataFrame, params: ThresholdParams) -> Rates:
    """Choose the threshold by the policy on val.

    Args:
        val: a row an image, with lesion_id, label and probability; the only table that is chosen
            on.
        test: likewise, for reporting.
        params: the policy.

    Returns:
        threshold, policy, target (what the policy was given, see `target`), target_sensitivity,
        then what `at` gives of val, and the same of test under `test`.

    Raises:
        DataError: see policies.choose.
    """
    threshold = choose(*_arrays(val), val["lesion_id"], params)
    return {
        "threshold": threshold,
        "policy": params.policy,
        "target": target(params),
        "target_sensitivity": params.target_sensitivity,
        **at(val, threshold),
        "test": at(test, threshold),
    }


def target(params: ThresholdParams) -> float | dict[str, float] | None:
    """Say what the policy aims at: a sensitivity, the two costs, or nothing (youden, fixed)."""
    if params.policy == "cost":
        return params.cost.model_dump()
    return params.target_sensitivity if params.policy.startswith("target") else None


def at(predictions: pd.DataFrame, threshold: float) -> Rates:
    """Give rates and counts of a table of predictions at a threshold.

    Returns:
        What metrics.decision_metrics and metrics.confusion give; and 95 % intervals
        (intervals.rate_interval) of sensitivity, specificity, ppv and npv, as <rate>_interval.
        ppv and its interval are None where no image is called malignant; likewise npv.

    Raises:
        DataError: see metrics.check; so for all functions here.
    """
    labels, probabilities = _arrays(predictions)
    counts = confusion(labels, probabilities, threshold)
    called = decide(probabilities, threshold)
    rates: Rates = dict(decision_metrics(counts))
    intervals = {}
    for name, among in (
        ("sensitivity", labels == 1),
        ("specificity", labels == 0),
        ("ppv", called == 1),
        ("npv", called == 0),
    ):
        right = (called == labels)[among]
        intervals[f"{name}_interval"] = rate_interval(right, predictions["lesion_id"][among])
        if not len(right):
            rates[name] = None
    return {**rates, **intervals, **counts}


def targets_table(val: pd.DataFrame, test: pd.DataFrame, params: ThresholdParams) -> pd.DataFrame:
    """Show what each target of `params.report` would mean: threshold and rates, val and test."""
    plain = params.model_copy(update={"policy": "target_sensitivity"})
    rows = []
    for value in params.report:
        asked = plain.model_copy(update={"target_sensitivity": value})
        threshold = choose(*_arrays(val), val["lesion_id"], asked)
        row = {"target_sensitivity": value, "threshold": threshold}
        for split, table in (("val", val), ("test", test)):
            rates = at(table, threshold)
            row |= {f"{split}_{key}": rates[key] for key in ("sensitivity", "specificity")}
        rows.append(row)
    return pd.DataFrame(rows)


def policies_table(val: pd.DataFrame, test: pd.DataFrame, params: ThresholdParams) -> pd.DataFrame:
    """Show what each policy would choose, whatever `params.policy` is.

    Returns:
        A row a policy: policy, threshold, then sensitivity and specificity with the ends of their
        intervals (_low, _high) on val and on test. A policy that can't choose has no values.
    """
    rows = [
        {"policy": policy, **_chosen(val, test, params.model_copy(update={"policy": policy}))}
        for policy in get_args(Policy)
    ]
    return pd.DataFrame(rows)


def draw(val: pd.DataFrame, test: pd.DataFrame, chosen: Rates) -> dict[str, Figure]:
    """Draw the rates on val against the threshold, and where it lies on the ROC curves.

    Args:
        val: predictions.
        test: predictions.
        chosen: what `tune_threshold` gave.
    """
    curves = {"val": roc_table(*_arrays(val)), "test": roc_table(*_arrays(test))}
    points = {"val": chosen, "test": chosen["test"]}
    return {
        "operating_point": charts.threshold_chart(
            threshold_table(*_arrays(val)), chosen["threshold"]
        ),
        "roc": charts.operating_roc_chart(curves, points),
    }


def _chosen(val: pd.DataFrame, test: pd.DataFrame, params: ThresholdParams) -> dict[str, float]:
    scored = _arrays(val)
    try:
        threshold = choose(*scored, val["lesion_id"], params)
    except DataError:  # of the policy that was asked for, tune_threshold tells it
        return {}
    row = {"threshold": threshold}
    for split, table in (("val", val), ("test", test)):
        rates = at(table, threshold)
        for key in ("sensitivity", "specificity"):
            low, high = rates[f"{key}_interval"]
            row[f"{split}_{key}"] = rates[key]
            row |= {f"{split}_{key}_low": low, f"{split}_{key}_high": high}
    return row


def _arrays(predictions: pd.DataFrame) -> tuple[Labels, Probabilities]:
    labels = predictions[LABEL].to_numpy(np.int64)
    probabilities = predictions[PROBABILITY].to_numpy(np.float64)
    check(labels, probabilities)
    return labels, probabilities
