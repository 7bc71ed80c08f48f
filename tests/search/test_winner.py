from pathlib import Path

import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.search.winner import Experiment, check_same, experiment_ref
from tests.commands import run

FIGURES = {"pr_auc": 0.1234567, "roc_auc": 0.9, "log_loss": 0.3}


def test_an_experiment_is_found_by_its_name(tmp_path: Path) -> None:
    run(tmp_path, "git", "init", "-q")
    run(tmp_path, "git", "config", "user.name", "test")
    run(tmp_path, "git", "config", "user.email", "test@example.org")
    run(tmp_path, "git", "commit", "-q", "--allow-empty", "-m", "start")
    run(tmp_path, "git", "update-ref", "refs/exps/ab/cdef/fast-3", "HEAD")
    assert experiment_ref(tmp_path, "fast-3") == "refs/exps/ab/cdef/fast-3"
    assert experiment_ref(tmp_path, "fast") is None


def test_figures_must_be_those_of_the_trial_in_all_digits_of_the_file() -> None:
    wanted = Experiment("best", (), FIGURES)
    check_same(FIGURES | {"pr_auc": 0.123457, "brier_score": 0.1}, wanted)
    with pytest.raises(DataError, match=r"best: val pr_auc is 0.123456, and 0.123457 in the"):
        check_same(FIGURES | {"pr_auc": 0.123456}, wanted)
