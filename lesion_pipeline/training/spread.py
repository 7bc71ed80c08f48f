"""How much the scores of several trainings vary, each scored on its own fold."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from lesion_pipeline.networks.manifest import BestEpoch, MemberFacts, Members, MemberSpread

TUNED: Final = "fine_tune"


def members_of(members: tuple[MemberFacts, ...], folds: int, seeds: int) -> Members:
    """Describe members, which are in the order of folds and seeds."""
    return Members(
        folds=folds,
        seeds=seeds,
        members=members,
        roc_auc=spread([member.best.val_roc_auc for member in members], seeds),
        pr_auc=spread([member.best.val_pr_auc for member in members], seeds),
    )


def spread(scores: Sequence[float], seeds: int) -> MemberSpread:
    """Compute mean and standard deviations of members' scores.

    Args:
        scores: 0 to 1, two or more, in the order of folds and seeds.
        seeds: members for each fold.
    """
    values = np.array(scores, np.float64).reshape(-1, seeds)
    within = float(np.sqrt(values.var(axis=1, ddof=1).mean())) if seeds > 1 else None
    deviation = float(values.std(ddof=1))
    return MemberSpread(mean=float(values.mean()), deviation=deviation, between_seeds=within)


def mean_epoch(best: Sequence[BestEpoch]) -> BestEpoch:
    """Return the median epoch and the mean scores of members.

    The phase is fine-tuning if it was that of any member: then no layer is common to all.
    """
    phases = [epoch.phase for epoch in best]
    return BestEpoch(
        epoch=round(float(np.median([epoch.epoch for epoch in best]))),
        phase=TUNED if TUNED in phases else phases[0],
        val_roc_auc=float(np.mean([epoch.val_roc_auc for epoch in best])),
        val_pr_auc=float(np.mean([epoch.val_pr_auc for epoch in best])),
    )
