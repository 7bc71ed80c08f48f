"""Choose the operating point on val, and report it on test."""

from dataclasses import dataclass
from typing import Any, get_args

import pandas as pd

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.labels import LesionRule, decide
from lesion_pipeline.scores.params import Policy, ThresholdParams
from lesion_pipeline.scores.results import DecisionRates, OperatingPoint, Rates
from lesion_pipeline.statistics.curves import confusion_table, threshold_table
from lesion_pipeline.statistics.intervals import rate_interval
from lesion_pipeline.statistics.lesions import by_lesion
from lesion_pipeline.statistics.metrics import arrays, confusion, decision_metrics
from lesion_pipeline.threshold.policies import choose


@dataclass(frozen=True)
class ThresholdOutcome:
    """The operating point, and the thresholds that were not chosen.

    Attributes:
        point: threshold, policy and rates.
        rates: the rates on val at each probability, used as a threshold; curves.threshold_table.
        targets: see `targets_table`.
        policies: see `policies_table`.
        confusion: confusion_val and confusion_test, the classes of each image at the threshold;
            curves.confusion_table.
    """

    point: OperatingPoint
    rates: pd.DataFrame
    targets: pd.DataFrame
    policies: pd.DataFrame
    confusion: dict[str, pd.DataFrame]

    def __str__(self) -> str:
        """Return the threshold, and the rates of all policies as a table."""
        plain = self.policies.filter(regex="^(?!.*_(low|high)$)")
        able = plain.dropna(subset="threshold")
        unable = plain.loc[plain["threshold"].isna(), "policy"]
        notes = [f"\n{name}: none, val has too few malignant lesions" for name in unable]
        return (
            f"threshold {self.point.threshold:.6g}, chosen by {self.point.policy}; "
            f"all policies:\n{able.to_string(index=False, float_format='%.3g')}{''.join(notes)}"
        )


def tune_threshold(
    val: pd.DataFrame, test: pd.DataFrame, params: ThresholdParams, rule: LesionRule = "mean"
) -> ThresholdOutcome:
    """Choose the threshold by the policy on val.

    Args:
        val: one row per image, with lesion_id, label and probability; the only table that the
            choice depends on.
        test: likewise, for reporting.
        params: the policy.
        rule: the probability of a lesion with several images.

    Raises:
        DataError: see metrics.check, policies.choose and lesions.by_lesion.
    """
    threshold = choose(*arrays(val), val["lesion_id"], params)
    point = OperatingPoint(
        threshold=threshold,
        policy=params.policy,
        target=target(params),
        val=rates_at(val, threshold, rule),
        test=rates_at(test, threshold, rule),
    )
    return ThresholdOutcome(
        point,
        threshold_table(*arrays(val)),
        targets_table(val, test, params),
        policies_table(val, test, params),
        {
            f"confusion_{split}": confusion_table(*arrays(table), threshold)
            for split, table in (("val", val), ("test", test))
        },
    )


def target(params: ThresholdParams) -> float | dict[str, float] | None:
    """Return the aim of the policy: a sensitivity, the two costs, or None (youden, fixed)."""
    if params.policy == "cost":
        return params.cost.model_dump()
    return params.target_sensitivity if params.policy.startswith("target") else None


def rates_at(predictions: pd.DataFrame, threshold: float, rule: LesionRule = "mean") -> Rates:
    """Compute rates, their 95 % intervals (intervals.rate_interval) and counts at a threshold.

    Args:
        predictions: one row per image, with lesion_id, label and probability.
        threshold: 0 to 1; the same for images and lesions.
        rule: the probability of a lesion with several images.

    Raises:
        DataError: see metrics.check and lesions.by_lesion.
    """
    by_image, lesions = (
        decision_rates(table, table["lesion_id"], threshold)
        for table in (predictions, by_lesion(predictions, rule))
    )
    return Rates(**dict(by_image), lesions=lesions)


def decision_rates(
    predictions: pd.DataFrame, clusters: pd.Series, threshold: float
) -> DecisionRates:
    """Compute the rates of images or lesions at a threshold.

    Args:
        predictions: one row each, with label and probability.
        clusters: what the intervals take as independent: the lesion of each row, or its patient.
        threshold: 0 to 1.

    Raises:
        DataError: see metrics.check.
    """
    labels, probabilities = arrays(predictions)
    counts = confusion(labels, probabilities, threshold)
    called = decide(probabilities, threshold)
    rates: dict[str, Any] = dict(decision_metrics(counts))
    for name, among in (
        ("sensitivity", labels == 1),
        ("specificity", labels == 0),
        ("ppv", called == 1),
        ("npv", called == 0),
    ):
        right = (called == labels)[among]
        rates[f"{name}_interval"] = rate_interval(right, clusters[among])
        if not len(right):
            rates[name] = None
    return DecisionRates.model_validate({**rates, **counts})


def targets_table(val: pd.DataFrame, test: pd.DataFrame, params: ThresholdParams) -> pd.DataFrame:
    """List the threshold that reaches each target of `params.report`, with its rates.

    Returns:
        One row per target: target_sensitivity, threshold, then sensitivity and specificity on val
        and on test (val_sensitivity and so on).
    """
    rows = []
    for sensitivity in params.report:
        changes = {"policy": "target_sensitivity", "target_sensitivity": sensitivity}
        threshold = choose(*arrays(val), val["lesion_id"], params.model_copy(update=changes))
        row = {"target_sensitivity": sensitivity, "threshold": threshold}
        for split, table in (("val", val), ("test", test)):
            rates = rates_at(table, threshold)
            row[f"{split}_sensitivity"] = rates.sensitivity
            row[f"{split}_specificity"] = rates.specificity
        rows.append(row)
    return pd.DataFrame(rows)


def policies_table(val: pd.DataFrame, test: pd.DataFrame, params: ThresholdParams) -> pd.DataFrame:
    """List the threshold that each policy chooses, whatever `params.policy` is.

    Returns:
        One row per policy: policy, threshold, then sensitivity and specificity with the ends of
        their intervals (_low, _high) on val and on test; NaN for a policy that can't choose.
    """
    rows = [
        {"policy": policy, **_chosen(val, test, params.model_copy(update={"policy": policy}))}
        for policy in get_args(Policy)
    ]
    return pd.DataFrame(rows)


def _chosen(val: pd.DataFrame, test: pd.DataFrame, params: ThresholdParams) -> dict[str, float]:
    scored = arrays(val)
    try:
        threshold = choose(*scored, val["lesion_id"], params)
    except DataError:  # for the policy of params.yaml, tune_threshold raises it
        return {}
    row = {"threshold": threshold}
    for split, table in (("val", val), ("test", test)):
        rates = rates_at(table, threshold)
        for name, value, ends in (
            ("sensitivity", rates.sensitivity, rates.sensitivity_interval),
            ("specificity", rates.specificity, rates.specificity_interval),
        ):
            columns = (f"{split}_{name}", f"{split}_{name}_low", f"{split}_{name}_high")
            row |= dict(zip(columns, (value, *ends), strict=True))
    return row
