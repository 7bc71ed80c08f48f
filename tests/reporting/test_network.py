from lesion_pipeline.reporting.facts import ReportFacts
from lesion_pipeline.reporting.network import training


def test_the_epoch_that_was_kept_and_the_last_one(facts: ReportFacts) -> None:
    kept = str(training(facts).blocks[1])
    assert "Of 2 epochs, number 1 (head) was kept" in kept
    assert "(PR-AUC 0.750, ROC-AUC 0.875). After the last one val's were 0.500 and 0.800." in kept
