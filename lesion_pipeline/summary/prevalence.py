"""Predictive values where malignant lesions are rarer, or more frequent, than in a collection."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from lesion_pipeline.evaluation.calibrator import at_prevalence
from lesion_pipeline.scores.results import DecisionRates

ValueInterval = tuple[float, float, float]  # value, low and high end of its 95 % interval


def prevalence_table(rates: DecisionRates, prevalences: Iterable[float]) -> pd.DataFrame:
    """Compute predictive values at prevalences, by Bayes' rule.

    This assumes that sensitivity and specificity are the same at another prevalence, i.e. that the
    lesions there resemble those of the collection. The intervals follow from those of the two rates
    and take the prevalence as known.

    Args:
        rates: of the operating point, by lesion where lesions are biopsied; only sensitivity,
            specificity and their intervals are used.
        prevalences: malignant fractions of the lesions, between 0 and 1.

    Returns:
        One row per prevalence: prevalence, ppv, npv (0 to 1), number_needed_to_biopsy (1 / ppv, at
        least 1: biopsies for one malignant lesion, if everything called malignant is biopsied),
        each with the ends (_low, _high) of its 95 % interval. ppv and the number needed are NaN if
        no lesion would be called malignant, npv if every lesion would, and an infinite number
        needed is NaN, too.
    """
    sensitivity = (rates.sensitivity, *rates.sensitivity_interval)
    specificity = (rates.specificity, *rates.specificity_interval)
    positive = likelihood_ratio(sensitivity, _complement(specificity))
    negative = likelihood_ratio(specificity, _complement(sensitivity))
    return pd.DataFrame([_row(float(part), positive, negative) for part in prevalences])


def shifted_calibration(
    curve: pd.DataFrame, known: float, prevalences: Iterable[float]
) -> pd.DataFrame:
    """Move a calibration curve to prevalences, by Bayes' rule, as calibrator.at_prevalence does.

    Args:
        curve: predicted, observed, low, high, of calibrated probabilities;
            evaluation.calibration_curve.
        known: malignant fraction of the images that the curve is of, between 0 and 1.
        prevalences: malignant fractions of the images elsewhere, between 0 and 1.

    Returns:
        One row per prevalence and point of the curve: prevalence, predicted (as it is here),
        expected (what is predicted there), observed, low and high (there).
    """
    columns = {"expected": "predicted", "observed": "observed", "low": "low", "high": "high"}
    tables = [
        curve[["predicted"]].assign(
            prevalence=float(wanted),
            **{name: at_prevalence(curve[of], known, wanted) for name, of in columns.items()},
        )
        for wanted in prevalences
    ]
    return pd.concat(tables, ignore_index=True)[["prevalence", "predicted", *columns]]


def likelihood_ratio(hits: ValueInterval, alarms: ValueInterval) -> ValueInterval:
    """Divide two rates of different images, with a 95 % interval.

    The interval is MOVER-R, which keeps the skew of the two intervals it combines (Donner and Zou
    2012, Stat. Methods Med. Res. 21:347-359; Newcombe 2016, the same 25:1774-1778), written so
    that neither a rate of 0 nor an interval twice as long as its rate divides by 0.

    Returns:
        Ratio, low and high end, 0 to infinity; all NaN if both rates are 0.
    """
    (rate, low, high), (other, other_low, other_high) = hits, alarms
    if rate == other == 0:
        return np.nan, np.nan, np.nan
    product = rate * other
    below, above = low * (2 * rate - low), high * (2 * rate - high)
    other_below = other_low * (2 * other - other_low)
    other_above = other_high * (2 * other - other_high)
    down = max(product**2 - below * other_above, 0) ** 0.5
    up = max(product**2 - above * other_below, 0) ** 0.5
    return (
        rate / other if other else np.inf,
        below / (product + down) if below else 0.0,
        (product + up) / other_below if other_below else np.inf,
    )


def _row(prevalence: float, positive: ValueInterval, negative: ValueInterval) -> dict[str, float]:
    odds = prevalence / (1 - prevalence)
    ppv = tuple(_from_odds(odds * ratio) for ratio in positive)
    npv = tuple(_from_odds(ratio / odds) for ratio in negative)
    needed = tuple(1 / value if value else np.nan for value in (ppv[0], ppv[2], ppv[1]))
    row = {"prevalence": prevalence}
    for name, values in (("ppv", ppv), ("npv", npv), ("number_needed_to_biopsy", needed)):
        row |= dict(zip((name, f"{name}_low", f"{name}_high"), values, strict=True))
    return row


def _from_odds(odds: float) -> float:
    return 1.0 if np.isinf(odds) else odds / (1 + odds)


def _complement(rate: ValueInterval) -> ValueInterval:
    value, low, high = rate
    return 1 - value, 1 - high, 1 - low
