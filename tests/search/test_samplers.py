import optuna
import pytest

from lesion_pipeline.search.params import RangeParams, SamplerName
from lesion_pipeline.search.samplers import distribution, make_pruner, make_sampler
from lesion_pipeline.search.space import Axis, grid_size
from tests.search.tiny_search import AXES, RATE, SMOOTHING, params

GRID = (SMOOTHING, Axis("train.epochs", choices=(2, 3)))


def drawn(
    sampler: SamplerName, count: int, axes: tuple[Axis, ...] = AXES, seed: int = 1,
    anew: bool = False,
) -> list[dict[str, object]]:  # fmt: skip
    """What is tried, trial by trial; `anew`: with a new sampler for each, as after a kill."""
    chosen = params(sampler=sampler, seed=seed)
    study = optuna.create_study(sampler=make_sampler(chosen, axes), direction="maximize")
    found = []
    for number in range(count):
        if anew:
            study.sampler = make_sampler(chosen, axes)
        trial = study.ask({axis.key: distribution(axis) for axis in axes})
        found.append(trial.params)
        study.tell(trial, float(number * 7 % 5))
    return found


@pytest.mark.parametrize("sampler", ["random", "tpe"])
def test_one_seed_gives_one_sequence_also_after_a_kill(sampler: SamplerName) -> None:
    once = drawn(sampler, 14)
    assert once == drawn(sampler, 14, anew=True)
    assert once != drawn(sampler, 14, seed=2)
    assert len({str(each) for each in once}) == 14


def test_tpe_learns_and_random_does_not() -> None:
    def far(sampler: SamplerName) -> float:
        study = optuna.create_study(sampler=make_sampler(params(sampler=sampler), (RATE,)))
        for _ in range(40):
            trial = study.ask({RATE.key: distribution(RATE)})
            study.tell(trial, abs(trial.params[RATE.key] - 0.004))
        late = study.trials[20:]
        return sum(trial.value or 0 for trial in late) / len(late)

    assert far("tpe") < far("random") / 2


def test_a_grid_has_every_combination_once_in_an_order_of_the_seed() -> None:
    found = drawn("grid", grid_size(GRID), GRID)
    assert len({str(each) for each in found}) == 6
    assert found == drawn("grid", 6, GRID, anew=True)
    assert found != drawn("grid", 6, GRID, seed=2)


def test_types_of_axes() -> None:
    whole = Axis("train.epochs", span=RangeParams(low=1, high=9), whole=True)
    assert distribution(whole) == optuna.distributions.IntDistribution(1, 9)
    assert distribution(RATE) == optuna.distributions.FloatDistribution(0.0005, 0.005, log=True)
    choices = ["0", "0.1", "0.2"]
    assert distribution(SMOOTHING) == optuna.distributions.CategoricalDistribution(choices)


def test_pruning_is_optional() -> None:
    assert isinstance(make_pruner(params()), optuna.pruners.NopPruner)
    assert isinstance(make_pruner(params(pruning=True)), optuna.pruners.MedianPruner)
