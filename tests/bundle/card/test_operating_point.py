from typing import Any

import pandas as pd
import pytest

from lesion_pipeline.bundle.card.operating_point import (
    operating_point_section,
    prevalence_section,
    subgroups_section,
)
from lesion_pipeline.scores.results import DecisionRates, OperatingPoint, Rates
from lesion_pipeline.summary.prevalence import prevalence_table
from lesion_pipeline.summary.subgroups import Subgroups, subgroup_table

BY_LESION = DecisionRates(
    accuracy=2 / 3, f1_score=0.6, tp=4, tn=4, fp=4, fn=0,
    sensitivity=0.9, sensitivity_interval=(0.7, 1.0),
    specificity=0.5, specificity_interval=(0.25, 0.75),
    ppv=0.4, ppv_interval=(0.2, 0.6), npv=0.9, npv_interval=(0.5, 1.0),
)  # fmt: skip
RATES = Rates(**{**dict(BY_LESION), "tp": 5}, lesions=BY_LESION)
POINT = OperatingPoint(
    threshold=0.5, policy="target_sensitivity", target=0.9, val=RATES,
    test=RATES.model_copy(update={"npv": None, "npv_interval": None, "tn": 0}),
)  # fmt: skip


def test_rates_on_val_and_test() -> None:
    lines = operating_point_section(POINT).splitlines()
    assert lines[0] == (
        "An image is classified as malignant when its probability is at least the threshold, 0.5: "
        "that with the highest specificity on val with a sensitivity of at least 0.90. On new "
        "images both rates can be lower."
    )
    assert lines[4:8] == [
        "| val, by image | 0.900 (0.700-1.000) | 0.500 (0.250-0.750) | 0.400 (0.200-0.600) "
        "| 0.900 (0.500-1.000) | 5 | 0 | 4 | 4 |",
        "| val, by lesion | 0.900 (0.700-1.000) | 0.500 (0.250-0.750) | 0.400 (0.200-0.600) "
        "| 0.900 (0.500-1.000) | 4 | 0 | 4 | 4 |",
        "| test, by image | 0.900 (0.700-1.000) | 0.500 (0.250-0.750) | 0.400 (0.200-0.600) "
        "|  | 5 | 0 | 4 | 0 |",
        "| test, by lesion | 0.900 (0.700-1.000) | 0.500 (0.250-0.750) | 0.400 (0.200-0.600) "
        "| 0.900 (0.500-1.000) | 4 | 0 | 4 | 4 |",
    ]


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"policy": "target_sensitivity_lower_bound"}, "whose 95 % interval begins at 0.90 or"),
        (
            {"policy": "youden", "target": None},
            "sum of sensitivity and specificity on val.",
        ),
        (
            {"policy": "cost", "target": {"miss": 10.0, "false_alarm": 1.5}},
            "lowest cost of mistakes on val, where a missed malignant image costs 10 and a false "
            "alarm 1.5.",
        ),
        (
            {"policy": "fixed", "target": None},
            "0.5: a value that was given, not chosen.",
        ),
    ],
)
def test_each_policy_is_explained(changes: dict[str, Any], text: str) -> None:
    assert text in operating_point_section(POINT.model_copy(update=changes))


def test_predictive_values_by_prevalence() -> None:
    table = prevalence_table(RATES, [0.02, 1 / 3]).assign(of_the_split=[False, True])
    both = pd.concat([table.assign(split="val", ppv=0.0), table.assign(split="test")])
    rows = prevalence_section(both).splitlines()[2:4]
    # .9 * .02 / (.9 * .02 + .5 * .98) = .0354; .9 / 3 / (.9 / 3 + .5 * 2 / 3) = .4737
    assert rows[0].startswith("| 2.0 % | 0.035 (")
    assert rows[1].startswith("| 33.3 % (these data) | 0.474 (")


def test_small_subgroups_are_left_out_and_counted() -> None:
    cases = pd.DataFrame({
        "lesion_id": range(15), "dx": [*["mel", "nv", "bkl"] * 4, "nv", "bcc", "bcc"],
        "age": [25.0, 50.0, None] * 5, "sex": "female", "site": "back", "dx_type": "histo",
        "label": [*[1, 0, 0] * 4, 0, 1, 1],
        "probability": [*[0.75, 0.25, 0.5] * 4, 0.25, 0.75, 0.75],
    })  # fmt: skip
    groups = Subgroups(age_bands=(30, 60), min_lesions_for_auc=4)
    lines = subgroups_section(subgroup_table(cases, 0.5, groups)).splitlines()
    # All malignant images are found, five of the nine benign ones are classified as benign.
    assert lines[2].startswith("| all | 15 | 6 | 1.000 (0.610-1.000) | 0.556 (")
    assert any(line.startswith("| diagnosis: nv | 5 | 0 |  | 1.000 (") for line in lines)
    shown = [line.split("|")[1].strip() for line in lines if "diagnosis:" in line]
    assert shown == ["diagnosis: nv"]  # mel and bkl have four lesions, bcc two, others none
    assert "Groups of fewer than 5 lesions are left out: 3 of them." in lines[-1]
