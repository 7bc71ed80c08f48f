"""What to try next, as a function of the seed, the trial's number and the finished trials.

Nothing else is remembered, so a search that was killed goes on as it would have without that.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.study import Study
from optuna.trial import FrozenTrial

from lesion_pipeline.search.params import SearchParams
from lesion_pipeline.search.space import Axis, grid_size

RANDOM_TRIALS: Final = 8  # before TPE has enough to learn from


def distribution(axis: Axis) -> BaseDistribution:
    """Return Optuna's type of an axis; choices are JSON, as Optuna stores no lists."""
    if axis.span is None:
        return CategoricalDistribution([axis.raw(choice) for choice in axis.choices])
    low, high, log = axis.span.low, axis.span.high, axis.span.log
    if axis.whole:
        return IntDistribution(int(low), int(high), log=log)
    return FloatDistribution(low, high, log=log)


def make_sampler(params: SearchParams, axes: Sequence[Axis]) -> BaseSampler:
    """Return the sampler that a search file names."""
    if params.sampler == "grid":
        return GridByNumber(tuple(axes), params.seed)
    return ByNumber(params)


class GridByNumber(BaseSampler):
    """Gives each trial by its number one combination of all values, in a random order."""

    def __init__(self, axes: tuple[Axis, ...], seed: int) -> None:
        """Draw the order."""
        self._values = {axis.key: axis.grid() for axis in axes}
        self._order = np.random.default_rng(seed).permutation(grid_size(axes))

    def infer_relative_search_space(
        self, study: Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """Draw nothing together."""
        return {}

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Draw nothing together."""
        return {}

    def sample_independent(
        self, study: Study, trial: FrozenTrial, name: str, distribution: BaseDistribution
    ) -> Any:
        """Return the value of one key."""
        sizes = [len(values) for values in self._values.values()]
        place = self._order[trial.number % len(self._order)]
        chosen = dict(zip(self._values, np.unravel_index(place, sizes), strict=True))
        return self._values[name][int(chosen[name])]


class ByNumber(BaseSampler):
    """Draws at random or by TPE, each trial with random numbers of its own."""

    def __init__(self, params: SearchParams) -> None:
        """Draw as the search file states."""
        self._params = params

    def infer_relative_search_space(
        self, study: Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """Return what TPE draws together."""
        return self._sampler(trial).infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Draw the values of several keys."""
        return self._sampler(trial).sample_relative(study, trial, search_space)

    def sample_independent(
        self, study: Study, trial: FrozenTrial, name: str, distribution: BaseDistribution
    ) -> Any:
        """Draw the value of one key; its random numbers depend on its name, too."""
        return self._sampler(trial, name).sample_independent(study, trial, name, distribution)

    def _sampler(self, trial: FrozenTrial, name: str = "") -> BaseSampler:
        entropy = [self._params.seed, trial.number, *name.encode()]
        seed = int(np.random.SeedSequence(entropy).generate_state(1)[0])
        if self._params.sampler == "random":
            return RandomSampler(seed=seed)
        return TPESampler(seed=seed, n_startup_trials=RANDOM_TRIALS)


def make_pruner(params: SearchParams) -> optuna.pruners.BasePruner:
    """Return what ends hopeless trials: the median of the others at the same epoch, or nothing."""
    if not params.pruning:
        return optuna.pruners.NopPruner()
    return optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=params.patience)
