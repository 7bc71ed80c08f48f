"""Section `train`, and the settings of each phase in it."""

import pytest
from pydantic import ValidationError

from lesion_pipeline.training.params import HeadParams, TrainParams
from tests import tiny


def test_each_phase_gets_its_own_settings_and_those_of_both() -> None:
    tune = tiny.TRAIN.fine_tune.model_copy(
        update={"epochs": 3, "batch_size": 4, "learning_rate": 0.5}
    )
    params = tiny.TRAIN.model_copy(update={"fine_tune": tune, "averaging": 0.75, "patience": 2})
    both = {
        "warmup_epochs": 1, "weight_decay": 0.01, "averaging": 0.75, "batch_parts": 1,
        "patience": 2,
    }  # fmt: skip
    first = {"epochs": 6, "batch_size": 8, "learning_rate": 1e-3}
    second = {"epochs": 3, "batch_size": 4, "learning_rate": 0.5}
    assert params.first_phase().model_dump() == first | both
    assert params.second_phase().model_dump() == second | both


@pytest.mark.parametrize(
    ("units", "dropout", "message"),
    [
        ([8], [0.5], "expected one dropout rate before each dense layer and one at the end"),
        ([0], [0.5, 0.5], "expected units of at least 1"),
        ([8], [0.5, 1.0], "expected dropout rates from 0 to below 1"),
    ],
)
def test_a_head_that_does_not_fit_is_refused(
    units: list[int], dropout: list[float], message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        HeadParams(units=units, dropout=dropout, batch_norm_momentum=0.9)  # type: ignore[arg-type]


def test_a_teacher_without_folds_is_refused() -> None:
    """Its members would know the images, and repeat the labels."""
    values = tiny.TRAIN.model_dump() | {"teacher": "self"}
    with pytest.raises(ValidationError, match="teacher self needs folds of 2 or more"):
        TrainParams.model_validate(values)
    assert TrainParams.model_validate(values | {"folds": 2}).teacher == "self"
