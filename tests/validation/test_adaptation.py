"""What labelled images of another collection would change."""

import numpy as np
import pandas as pd
import pytest

from lesion_pipeline.evaluation.calibrator import Platt, Unchanged, expit
from lesion_pipeline.validation.adaptation import _parts, adapt, policy_of
from lesion_pipeline.validation.params import ValidateParams
from tests.validation.points import POINT

PARAMS = ValidateParams(labelled_images=200, seed=1)


def cases(images: int, shift: float = 0.0) -> pd.DataFrame:
    """Images of lesions with two each, whose calibrated log odds are `shift` too low."""
    generator = np.random.default_rng(1)
    log_odds = np.repeat(generator.normal(scale=2, size=images // 2), 2)
    labels = (generator.random(images // 2) < expit(log_odds[::2])).astype(int).repeat(2)
    return pd.DataFrame(
        {
            "lesion_id": np.arange(images) // 2,
            "label": labels,
            "probability": expit(log_odds - shift),
        }
    )


def test_parts_are_disjoint_of_whole_lesions_and_about_as_large_as_asked() -> None:
    table = cases(1000)
    parts = list(_parts(table, PARAMS))
    assert len(parts) == 5 and (np.sum(parts, axis=0) == 1).all()
    for part in parts:
        assert part.sum() == 200
        assert (table[part].groupby("lesion_id").size() == 2).all()
    other = list(_parts(table, PARAMS.model_copy(update={"seed": 2})))
    assert (other[0] != parts[0]).any()


def test_a_small_collection_is_not_parted() -> None:
    assert adapt(cases(398), POINT, Unchanged(), PARAMS) is None
    assert adapt(cases(400), POINT, Unchanged(), PARAMS) is not None


def test_a_shift_of_the_log_odds_is_found() -> None:
    found = adapt(cases(4000, shift=2.0), POINT, Unchanged(), PARAMS)
    right = adapt(cases(4000), POINT, Unchanged(), PARAMS)
    assert found is not None and right is not None
    assert found.log_loss_before > right.log_loss_before + 0.2
    assert found.log_loss == pytest.approx(right.log_loss, abs=1e-6)
    assert right.log_loss == pytest.approx(right.log_loss_before, abs=0.01)


def test_a_threshold_chosen_there_reaches_the_target_wherever_the_probabilities_lie() -> None:
    near, far = (adapt(cases(4000, shift), POINT, Unchanged(), PARAMS) for shift in (0.0, 4.0))
    assert near is not None and far is not None and near.parts == 20
    assert near.sensitivity == pytest.approx(0.9, abs=0.03)
    assert far.sensitivity == pytest.approx(near.sensitivity, abs=0.002)
    assert far.specificity == pytest.approx(near.specificity, abs=0.002)


def test_the_calibrator_of_val_comes_first() -> None:
    table = cases(1000)
    wrong = adapt(table, POINT, Platt(slope=0.2, intercept=0.0), PARAMS)
    right = adapt(table, POINT, Unchanged(), PARAMS)
    assert wrong is not None and right is not None and wrong.log_loss > right.log_loss + 0.05


def test_a_policy_that_cannot_choose_leaves_the_rates_empty() -> None:
    changes = {"policy": "target_sensitivity_lower_bound", "target": 0.999}
    found = adapt(cases(1000), POINT.model_copy(update=changes), Unchanged(), PARAMS)
    assert found is not None and found.sensitivity is found.specificity is None
    assert found.log_loss > 0


def test_parts_of_one_class_are_left_out() -> None:
    table = cases(400).assign(label=lambda rows: (rows["lesion_id"] < 1).astype(int))
    found = adapt(table, POINT, Unchanged(), PARAMS)
    assert found is None  # one part has the only malignant lesion, the rest none


@pytest.mark.parametrize(
    ("policy", "target"),
    [("cost", {"miss": 5.0, "false_alarm": 2.0}), ("youden", None), ("fixed", None)],
)
def test_the_policy_is_that_of_val(policy: str, target: object) -> None:
    found = policy_of(POINT.model_copy(update={"policy": policy, "target": target}))
    assert found.policy == policy and found.fixed == 0.5
    if policy == "cost":
        assert found.cost.model_dump() == target
