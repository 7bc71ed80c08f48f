"""What is known about a trial."""

from dataclasses import dataclass, field
from typing import Any, Final

from lesion_pipeline.search.params import ObjectiveName
from lesion_pipeline.search.tree import Values

COMPLETE: Final = "complete"
PRUNED: Final = "pruned"
FAILED: Final = "failed"
RUNNING: Final = "running"

Figures = dict[str, float]  # pr_auc, roc_auc and log_loss of val


@dataclass(frozen=True)
class TrialRecord:
    """A trial of a study.

    Attributes:
        number: from 0.
        state: complete, pruned, failed or running.
        drawn: by key of the space, what the sampler drew.
        values: what it changes in params.yaml.
        figures: of val; of a pruned trial those of its best epoch; none if it failed or runs.
        epochs: how many it trained.
        same_as: the earlier trial with the same values, from which its figures are; None: it ran.
        reason: why it failed.
    """

    number: int
    state: str
    drawn: dict[str, Any]
    values: Values
    figures: Figures = field(default_factory=dict)
    epochs: int | None = None
    same_as: int | None = None
    reason: str = ""

    @property
    def source(self) -> int:
        """The trial that ran with these values."""
        return self.number if self.same_as is None else self.same_as


def ranked(records: list[TrialRecord], objective: ObjectiveName, rises: bool) -> list[TrialRecord]:
    """Return the complete trials that ran, the best first, of equals the earlier."""
    ran = [record for record in records if record.state == COMPLETE and record.same_as is None]
    sign = -1 if rises else 1
    return sorted(ran, key=lambda record: (sign * record.figures[objective], record.number))
