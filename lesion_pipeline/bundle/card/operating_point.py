"""Sections of the model card on decisions: operating point, prevalence, subgroups."""

from typing import Final

import pandas as pd

from lesion_pipeline.bundle.card.cells import rate, rate_of, table
from lesion_pipeline.scores.results import DecisionRates, OperatingPoint

_POLICIES: Final = {
    "target_sensitivity": "that with the highest specificity on val with a sensitivity of at least "
    "{target:.2f}",
    "target_sensitivity_lower_bound": "that with the highest specificity on val with a sensitivity "
    "whose 95 % interval begins at {target:.2f} or above",
    "youden": "that with the highest sum of sensitivity and specificity on val",
    "cost": "that with the lowest cost of mistakes on val, where a missed malignant image costs "
    "{target[miss]:g} and a false alarm {target[false_alarm]:g}",
    "fixed": "a value that was given, not chosen",
}
_RATES: Final = (
    "In brackets: 95 % intervals by Wilson's method, for the effective number of images, which is "
    "smaller than their number because images of one lesion are alike. PPV and NPV hold only for "
    "the frequency of malignant lesions in these data."
)
_BIOPSIES: Final = (
    "This assumes that sensitivity and specificity are the same there, which is not known. Number "
    "needed to biopsy: biopsies for each malignant lesion found, if every lesion that is "
    "classified as malignant is biopsied. The intervals treat the frequency of malignant lesions "
    "as known, so they are narrower than those above."
)
FEWEST: Final = 5  # lesions of a subgroup that has a row
_SUBGROUPS: Final = (
    "Where intervals overlap, a difference between groups may be noise; any difference may come "
    "from something else in which the groups differ. ROC-AUC is left out where a group has few "
    "lesions of a class. Benign lesions without histology are mostly easy ones: compare the row of "
    "those with histology."
)


def operating_point_section(point: OperatingPoint) -> str:
    """Return the threshold, how it was chosen, and the rates on val and test."""
    columns = ("split", "sensitivity", "specificity", "PPV", "NPV", "TP", "FN", "FP", "TN")
    rows = [
        (f"{split}, by {unit}", *_rates(rates))
        for split, of_split in (("val", point.val), ("test", point.test))
        for unit, rates in (("image", of_split), ("lesion", of_split.lesions))
    ]
    return (
        f"An image is classified as malignant when its probability is at least the threshold, "
        f"{point.threshold:.6g}: {chosen_by(point)}. On new images both rates can be lower."
        f"\n\n{table(columns, rows)}\n\n{_RATES}"
    )


def chosen_by(point: OperatingPoint) -> str:
    """Return which threshold it is, to follow a verb or a colon."""
    return _POLICIES[point.policy].format(target=point.target)


def prevalence_section(prevalence: pd.DataFrame) -> str:
    """Return the predictive values of test by lesion, where malignant lesions are rarer."""
    columns = ("malignant lesions", "PPV", "NPV", "number needed to biopsy")
    rows = [
        (
            f"{100 * row['prevalence']:.1f} %{' (these data)' if row['of_the_split'] else ''}",
            rate_of(row, "ppv"),
            rate_of(row, "npv", 4),
            rate_of(row, "number_needed_to_biopsy", 1),
        )
        for row in prevalence[prevalence["split"] == "test"].to_dict("records")
    ]
    return f"{table(columns, rows)}\n\n{_BIOPSIES}"


def subgroups_section(subgroups: pd.DataFrame) -> str:
    """Return sensitivity, specificity and ROC-AUC of each subgroup of FEWEST lesions or more."""
    columns = ("subgroup", "lesions", "malignant", "sensitivity", "specificity", "ROC-AUC")
    rows = [
        (
            row["value"] if row["group"] == "all" else f"{row['group']}: {row['value']}",
            row["lesions"],
            row["malignant_lesions"],
            *(rate_of(row, name) for name in ("sensitivity", "specificity", "roc_auc")),
        )
        for row in subgroups[subgroups["lesions"] >= FEWEST].to_dict("records")
    ]
    small = int(subgroups["lesions"].between(1, FEWEST - 1).sum())
    left_out = f"Groups of fewer than {FEWEST} lesions are left out: {small} of them."
    return f"{table(columns, rows)}\n\n{left_out} {_SUBGROUPS}"


def _rates(rates: DecisionRates) -> tuple[object, ...]:
    return (
        rate(rates.sensitivity, rates.sensitivity_interval),
        rate(rates.specificity, rates.specificity_interval),
        rate(rates.ppv, rates.ppv_interval),
        rate(rates.npv, rates.npv_interval),
        rates.tp, rates.fn, rates.fp, rates.tn,
    )  # fmt: skip
