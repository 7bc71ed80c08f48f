from lesion_pipeline.search.repeats import Repeated
from lesion_pipeline.search.tables import best_table, trial_table
from lesion_pipeline.search.ties import Difference
from tests.search.tiny_search import RATE, SMOOTHING, record

RECORDS = [record(0, 0.8), record(1, None, reason="diverged"), record(2, 0.8, same_as=0)]
DIFFERENCES = {0: Difference(-0.01, (-0.02, 0.01), True)}
REPEATED = [Repeated(RECORDS[0], (0.8, 0.7))]


def test_every_trial_has_a_row() -> None:
    table = trial_table(RECORDS, (RATE, SMOOTHING), DIFFERENCES, REPEATED)
    assert list(table) == [
        "trial", "state", "train.learning_rate", "train.label_smoothing", "val_pr_auc",
        "val_roc_auc", "val_log_loss", "epochs", "same_as", "reason", "difference",
        "difference_low", "difference_high", "tied", "seeds", "mean", "spread",
    ]  # fmt: skip
    assert list(table["state"]) == ["complete", "failed", "complete"]
    assert list(table["tied"].fillna("")) == ["yes", "", "yes"]
    assert list(table["same_as"].fillna("")) == ["", "", "0"]
    assert table.loc[0, "mean"] == 0.75


def test_a_trial_that_has_only_begun() -> None:
    table = trial_table([record(0, None, drawn={}, values={})], (RATE,), {}, [])
    assert table[RATE.key].isna().all()


def test_the_best_in_words() -> None:
    (row,) = best_table(REPEATED, DIFFERENCES, "pr_auc").to_dict("records")
    assert row == {
        "trial": "0",
        "val PR-AUC": "0.8000",
        "to the best (95 %)": "-0.0200 to +0.0100",
        "": "tied",
        "mean of 2 seeds": "0.7500 ± 0.0707",
        "values": "train.learning_rate=0.001, train.label_smoothing=0.1",
    }
