import pytest
from pydantic import ValidationError

from lesion_pipeline.search.params import RISES, TITLES, RangeParams, SearchParams


def test_what_a_search_file_leaves_out() -> None:
    params = SearchParams()
    assert (params.sampler, params.objective, params.best, params.repeats) == (
        "tpe", "pr_auc", 3, 2,
    )  # fmt: skip
    assert (params.trials, params.minutes) == (None, None)


@pytest.mark.parametrize("wrong", [{"trials": 0}, {"minutes": 0.0}, {"sampler": "best"}])
def test_refuses(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        SearchParams.model_validate(wrong)


def test_a_whole_number_may_be_an_end_of_a_range() -> None:
    assert RangeParams.model_validate({"low": 0, "high": 1}).high == 1.0


def test_every_objective_has_a_direction_and_a_title() -> None:
    assert RISES == {"pr_auc": True, "roc_auc": True, "log_loss": False}
    assert TITLES.keys() == RISES.keys()
