import json
import multiprocessing
import os
from pathlib import Path
from typing import Any

import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.search.study import JOURNAL, TrialStudy, mend
from tests.search.tiny_search import AXES, SETTINGS, SMOOTHING, params


def open_study(folder: Path, **changes: Any) -> TrialStudy:
    return TrialStudy(folder, params(**changes), AXES, SETTINGS)


def figures(value: float) -> dict[str, float]:
    return {"pr_auc": value, "roc_auc": 0.9, "log_loss": 0.3}


def test_a_finished_trial_is_kept(tmp_path: Path) -> None:
    study = open_study(tmp_path)
    asked = study.ask()
    study.complete(asked.number, figures(0.123456789012), epochs=4)
    (record,) = open_study(tmp_path).records()
    assert (record.number, record.state, record.epochs) == (0, "complete", 4)
    assert record.figures == figures(0.123456789012)
    assert record.values == asked.values


def test_pruned_and_failed_trials(tmp_path: Path) -> None:
    study = open_study(tmp_path)
    study.prune(study.ask().number, figures(0.1), 2)
    study.fail(study.ask().number, "diverged")
    assert [each.state for each in study.records()] == ["pruned", "failed"]
    assert study.records()[1].reason == "diverged"


def left(folder: Path, share: float) -> None:
    """Begin a trial, report an epoch, and end without a word."""
    study = open_study(folder)
    asked = study.ask()
    study.report(asked.number, 1, figures(share))
    os._exit(0)


@pytest.mark.slow
def test_a_trial_that_was_left_behind_is_taken_over_and_no_new_one_begun(tmp_path: Path) -> None:
    open_study(tmp_path)
    process = multiprocessing.get_context("spawn").Process(target=left, args=(tmp_path, 0.5))
    process.start()
    process.join()
    study = open_study(tmp_path)
    (before,) = study.records()
    assert study.left_behind()
    asked = study.ask()
    assert (asked.number, asked.values) == (0, before.values)
    assert not study.left_behind()
    assert not study.report(0, 1, figures(0.5))
    study.complete(0, figures(0.6), 3)
    assert study.ask().number == 1


def test_a_trial_of_a_living_process_is_left_alone(tmp_path: Path) -> None:
    first = open_study(tmp_path)
    first.ask()
    assert open_study(tmp_path).ask().number == 1


def test_values_that_ran_before_are_recognised(tmp_path: Path) -> None:
    study = TrialStudy(tmp_path, params(), (SMOOTHING,), SETTINGS)
    first = study.ask()
    study.complete(first.number, figures(0.5), 3)
    assert study.same_before(first) is None
    while (asked := study.ask()).values != first.values:
        study.complete(asked.number, figures(0.4), 3)
    same = study.same_before(asked)
    assert same is not None and same.number == 0
    study.complete(asked.number, same.figures, None, same.number)
    assert study.records()[asked.number].same_as == 0


def test_a_trial_below_the_median_is_to_be_pruned(tmp_path: Path) -> None:
    study = open_study(tmp_path, pruning=True, patience=2)
    for value in range(5):
        asked = study.ask()
        assert not any(study.report(asked.number, epoch, figures(value)) for epoch in (1, 2))
        study.complete(asked.number, figures(value), 2)
    worse, better = study.ask(), study.ask()
    told = [study.report(worse.number, epoch, figures(0.5)) for epoch in (1, 2)]
    told.append(study.report(better.number, 2, figures(3.5)))
    assert json.dumps(told) == "[false, true, false]"  # so a job can be told


def test_other_settings_are_refused(tmp_path: Path) -> None:
    open_study(tmp_path)
    with pytest.raises(DataError, match="begun with another seed: give this search a --name"):
        TrialStudy(tmp_path, params(), AXES, {"seed": "2"})


def test_a_last_line_without_an_end_is_cut_off(tmp_path: Path) -> None:
    study = open_study(tmp_path)
    study.complete(study.ask().number, figures(0.5), 3)
    journal = tmp_path / JOURNAL
    whole = journal.read_bytes()
    journal.write_bytes(whole + b'{"op_code":4,"wor')
    assert [each.state for each in open_study(tmp_path).records()] == ["complete"]
    assert journal.read_bytes().startswith(whole)
    assert all(json.loads(line) for line in journal.read_text().splitlines())
    mend(tmp_path / "nowhere")


def test_importances_need_trials_that_differ(tmp_path: Path) -> None:
    study = open_study(tmp_path)
    assert study.importances() == {}
    for _ in range(12):
        asked = study.ask()
        value = asked.values["train.label_smoothing"]
        study.complete(asked.number, figures(value), 3)
    found = study.importances()
    assert next(iter(found)) == "train.label_smoothing"
    assert sum(found.values()) == pytest.approx(1)


def test_each_line_of_the_journal_is_json(tmp_path: Path) -> None:
    study = open_study(tmp_path)
    study.complete(study.ask().number, figures(0.5), 3)
    assert all(json.loads(line) for line in (tmp_path / JOURNAL).read_text().splitlines())
