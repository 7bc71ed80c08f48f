"""The section `search` of a search file: how the space is searched, and for how long."""

from typing import Final, Literal

from pydantic import Field

from lesion_pipeline.core.params import Section

ObjectiveName = Literal["pr_auc", "roc_auc", "log_loss"]
SamplerName = Literal["grid", "random", "tpe"]
# Whether more is better.
RISES: Final[dict[ObjectiveName, bool]] = {"pr_auc": True, "roc_auc": True, "log_loss": False}
TITLES: Final[dict[ObjectiveName, str]] = {
    "pr_auc": "PR-AUC", "roc_auc": "ROC-AUC", "log_loss": "log loss",
}  # fmt: skip


class SearchParams(Section):
    """How to search.

    Attributes:
        sampler: grid: every combination once, in random order; random; tpe: Tree-structured Parzen
            Estimator, which learns from the trials before (Bergstra et al. 2011, NIPS 24).
        objective: the figure of val by which trials are ranked.
        trials: how many, in all calls together; None: as many as the time allows, or the grid has.
        minutes: no trial begins later than this in one call; None: no limit.
        pruning: end a trial whose best epoch so far is worse than the median of the others.
        patience: epochs before a trial may be pruned.
        best: how many of the best trials are repeated with other seeds.
        repeats: how often each; 0: not.
        seed: of the sampler.
    """

    sampler: SamplerName = "tpe"
    objective: ObjectiveName = "pr_auc"
    trials: int | None = Field(None, ge=1)
    minutes: float | None = Field(None, gt=0)
    pruning: bool = True
    patience: int = Field(2, ge=0)
    best: int = Field(3, ge=1)
    repeats: int = Field(2, ge=0)
    seed: int = Field(42, ge=0, lt=2**32)


class RangeParams(Section):
    """Numbers from `low` to `high`.

    Attributes:
        low: the lowest.
        high: the highest.
        log: equal ratios, not equal differences, are equally likely.
        steps: of the sampler grid: how many values.
    """

    low: float
    high: float
    log: bool = False
    steps: int | None = Field(None, ge=2)
