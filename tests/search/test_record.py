from lesion_pipeline.search.record import ranked
from tests.search.tiny_search import record


def test_the_best_comes_first_and_of_equals_the_earlier() -> None:
    records = [record(0, 0.5), record(1, 0.7), record(2, 0.7), record(3, None)]
    assert [each.number for each in ranked(records, "pr_auc", rises=True)] == [1, 2, 0]
    assert [each.number for each in ranked(records, "pr_auc", rises=False)] == [0, 1, 2]


def test_copies_and_pruned_trials_are_not_ranked() -> None:
    records = [record(0, 0.5), record(1, 0.5, same_as=0), record(2, 0.9, state="pruned")]
    assert [each.number for each in ranked(records, "pr_auc", rises=True)] == [0]
    assert [each.source for each in records] == [0, 0, 2]
