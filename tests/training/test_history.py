"""The history of a training as tables for plots."""

import pandas as pd
import pytest

from lesion_pipeline.training.history import history_tables

ONE = pd.DataFrame(
    {"epoch": [1, 2, 3], "phase": ["head", "head", "fine_tune"], "val_pr_auc": [0.2, 0.4, 0.6]}
)


def test_of_one_network_the_history_is_the_table() -> None:
    assert history_tables(ONE)["history"] is ONE and len(history_tables(ONE)) == 1


def test_of_members_it_is_their_mean_over_those_that_came_so_far() -> None:
    short = pd.DataFrame(
        {"epoch": [1, 2], "phase": ["head", "fine_tune"], "val_pr_auc": [0.4, 0.8]}
    )
    both = pd.concat([ONE.assign(member=1), short.assign(member=2)], ignore_index=True)
    found = history_tables(both)
    assert found["members"] is both
    mean = found["history"]
    assert list(mean.columns) == ["epoch", "phase", "val_pr_auc"]
    assert mean["epoch"].tolist() == [1, 2, 3]
    assert mean["phase"].tolist() == ["head", "head", "fine_tune"]
    assert mean["val_pr_auc"].tolist() == pytest.approx([0.3, 0.4, 0.7])
