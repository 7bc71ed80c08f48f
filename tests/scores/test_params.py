"""The sections evaluate, threshold and summary: what they accept and what they refuse."""

from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from lesion_pipeline.core.params import Section
from lesion_pipeline.scores.params import EvaluateParams, SummaryParams, ThresholdParams
from tests.code_deps import ROOT

WRITTEN = yaml.safe_load((ROOT / "params.yaml").read_text())
SECTIONS = {"evaluate": EvaluateParams, "threshold": ThresholdParams, "summary": SummaryParams}


def load(section: str, changes: dict[str, Any]) -> Section:
    return SECTIONS[section].model_validate(WRITTEN[section] | changes)


@pytest.mark.parametrize("section", SECTIONS)
def test_the_values_of_params_yaml_are_accepted(section: str) -> None:
    loaded = load(section, {}).model_dump(mode="json")
    assert loaded == WRITTEN[section]


@pytest.mark.parametrize(
    ("section", "changes", "problem"),
    [
        ("evaluate", {"threshold": 1.01}, "less than or equal to 1"),
        ("evaluate", {"calibration": "beta"}, "'platt', 'isotonic' or 'none'"),
        ("evaluate", {"calibration_bins": 1}, "greater than or equal to 2"),
        ("evaluate", {"bootstrap_samples": 0}, "greater than or equal to 1"),
        ("evaluate", {"decision_range": (0.0, 0.5)}, "greater than 0"),
        ("evaluate", {"decision_range": (0.5, 0.1)}, "expected a lower threshold before a higher"),
        ("evaluate", {"seed": -1}, "greater than or equal to 0"),
        ("evaluate", {"bins": 10}, "Extra inputs are not permitted"),
        ("threshold", {"policy": "best"}, "'target_sensitivity', "),
        ("threshold", {"target_sensitivity": 0.0}, "greater than 0"),
        ("threshold", {"target_sensitivity": 1.5}, "less than or equal to 1"),
        ("threshold", {"report": (0.8, 1.5)}, "less than or equal to 1"),
        ("threshold", {"fixed": 1.1}, "less than or equal to 1"),
        ("threshold", {"cost": {"miss": 0, "false_alarm": 1}}, "greater than 0"),
        ("threshold", {"cost": {"miss": 1}}, "Field required"),
        ("summary", {"age_bands": (60, 30)}, "expected years that rise"),
        ("summary", {"age_bands": (30, 30)}, "expected years that rise"),
        ("summary", {"age_bands": ()}, "at least 1 item"),
        ("summary", {"age_bands": (0, 30)}, "greater than 0"),
        ("summary", {"prevalences": (0.0,)}, "greater than 0"),
        ("summary", {"prevalences": (1.0,)}, "less than 1"),
        ("summary", {"min_lesions_for_auc": 0}, "greater than or equal to 1"),
    ],
)
def test_a_wrong_value_is_refused(section: str, changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError) as error:
        load(section, changes)
    assert error.value.error_count() == 1
    assert problem in str(error.value)


def test_an_int_may_stand_for_a_float_but_no_text() -> None:
    cost = load("threshold", {"cost": {"miss": 10, "false_alarm": 1}}).model_dump()["cost"]
    assert cost == {"miss": 10.0, "false_alarm": 1.0}
    with pytest.raises(ValidationError, match="valid number"):
        load("threshold", {"fixed": "0.5"})
