from dataclasses import replace

import pytest

from lesion_pipeline.networks.manifest import Members, MemberSpread
from lesion_pipeline.reporting.facts import ReportFacts
from lesion_pipeline.reporting.network import training


def test_the_epoch_that_was_kept_and_the_last_one(facts: ReportFacts) -> None:
    kept = str(training(facts).blocks[1])
    assert "Of 2 epochs, number 1 (head) was kept" in kept
    assert "(PR-AUC 0.750, ROC-AUC 0.875). After the last one val's were 0.500 and 0.800." in kept


@pytest.mark.parametrize(
    ("folds", "scored"), [(2, "the fold that it was not"), (1, "val was kept")]
)
def test_members_have_their_own_epochs(facts: ReportFacts, folds: int, scored: str) -> None:
    score = MemberSpread(mean=0.9, deviation=0.01, between_seeds=None)
    members = Members(folds=folds, seeds=2, members=(), roc_auc=score, pr_auc=score)
    network = facts.manifest.network.model_copy(update={"members": members})
    manifest = facts.manifest.model_copy(update={"network": network})
    kept = str(training(replace(facts, manifest=manifest)).blocks[1])
    assert "Of each member the epoch with the highest PR-AUC on" in kept and scored in kept
    assert "the median is 1." in kept
