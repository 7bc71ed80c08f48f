from dataclasses import replace

import pandas as pd

from lesion_pipeline.reporting.decisions import (
    LISTED,
    elsewhere,
    mistakes,
    operating_point,
    subgroups,
)
from lesion_pipeline.reporting.facts import ReportFacts

MISTAKE = {
    "image_id": "I|1", "kind": "false_negative", "dx": "mel", "age": 45.0, "sex": None,
    "site": "back", "probability": 0.0123456,
}  # fmt: skip


def words(blocks: tuple[object, ...]) -> str:
    return "\n".join(block for block in blocks if isinstance(block, str))


def test_the_operating_point_in_plain_words(facts: ReportFacts) -> None:
    rates = facts.point.val.lesions.model_copy(
        update={
            "sensitivity": 0.9,
            "sensitivity_interval": (0.8, 0.95),
            "specificity": 0.82,
            "specificity_interval": (0.75, 0.9),
        }
    )
    val = facts.point.val.model_copy(update={"lesions": rates})
    point = facts.point.model_copy(update={"val": val})
    manifest = facts.manifest.model_copy(update={"operating_point": point})
    first = str(operating_point(replace(facts, manifest=manifest)).blocks[0])
    assert first.startswith(
        "Of 100 lesions like those of val, all malignant, it finds 90 (80 to 95); of 100 benign "
        "ones it calls 18 (10 to 25) malignant. Of 100 like those of test, all malignant"
    )


def test_a_policy_that_can_not_choose_is_named(facts: ReportFacts) -> None:
    row = facts.policies.iloc[0]
    lost = pd.DataFrame([row.where(row.index == "policy", None), row])
    shown = words(operating_point(replace(facts, policies=lost)).blocks)
    assert "| can't be reached on val |  |  |  |  |" in shown
    assert f"| {row['threshold']:.4g} | " in shown


def test_mistakes_are_counted_and_the_most_confident_listed(facts: ReportFacts) -> None:
    many = pd.DataFrame([MISTAKE] * (LISTED + 1))
    shown = words(mistakes(replace(facts, mistakes=many)).blocks)
    assert "On test 25 malignant images were called benign and 0 benign images malignant." in shown
    assert shown.count(r"| I\|1 | false negative | mel | 45 |  | back | 0.0123 |") == LISTED


def test_no_mistake(facts: ReportFacts) -> None:
    shown = words(mistakes(replace(facts, mistakes=facts.mistakes.head(0))).blocks)
    assert "On test 0 malignant images" in shown and "|" not in shown


def test_subgroups_of_val_come_first(facts: ReportFacts) -> None:
    first, second, _ = subgroups(facts).blocks
    assert str(first).startswith("### Val\n\n|") and str(second).startswith("### Test\n\n|")


def test_no_other_collection_is_said(facts: ReportFacts) -> None:
    assert "not tried on any other collection" in words(elsewhere(facts).blocks)
