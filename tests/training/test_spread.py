"""How much the scores of several trainings vary."""

import pytest

from lesion_pipeline.networks.manifest import BestEpoch, MemberFacts
from lesion_pipeline.training.spread import mean_epoch, members_of, spread


def best(epoch: int, roc: float, pr: float, phase: str = "head") -> BestEpoch:
    return BestEpoch(epoch=epoch, phase=phase, val_roc_auc=roc, val_pr_auc=pr)


def test_deviations_between_all_members_and_between_seeds() -> None:
    found = spread([0.8, 0.9, 0.6, 0.7], seeds=2)  # two folds of two seeds
    assert found.mean == pytest.approx(0.75)
    assert found.deviation == pytest.approx((0.05 / 3) ** 0.5)
    assert found.between_seeds == pytest.approx(0.005**0.5)  # as in each of the folds
    assert spread([0.8, 0.9, 0.6, 0.7], seeds=1).between_seeds is None


def test_members_have_their_scores_by_fold_and_seed() -> None:
    scores = [(1, 0.7, 0.5), (2, 0.9, 0.7)]
    facts = tuple(
        MemberFacts(fold=n, seed=4, best=best(*of), epochs=9) for n, of in enumerate(scores, 1)
    )
    found = members_of(facts, folds=2, seeds=1)
    assert (found.folds, found.seeds, found.members) == (2, 1, facts)
    assert found.roc_auc.mean == pytest.approx(0.8) and found.pr_auc.mean == pytest.approx(0.6)


def test_the_median_epoch_stands_for_all() -> None:
    found = mean_epoch([best(3, 0.7, 0.5), best(4, 0.8, 0.6), best(20, 0.9, 0.7)])
    assert (found.epoch, found.phase) == (4, "head")
    assert found.val_roc_auc == pytest.approx(0.8) and found.val_pr_auc == pytest.approx(0.6)
    assert mean_epoch([best(3, 0.7, 0.5), best(4, 0.8, 0.6, "fine_tune")]).phase == "fine_tune"
