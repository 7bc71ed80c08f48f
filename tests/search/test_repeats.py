from pathlib import Path

import pytest

from lesion_pipeline.search.repeats import by_mean, keep, kept, repeats_of
from tests.search.tiny_search import record


def test_the_mean_over_seeds_decides(tmp_path: Path) -> None:
    first, second = record(3, 0.80), record(5, 0.79)
    repeats = repeats_of([first, second], 2, seed=42)
    assert [each.name for each in repeats] == [
        "repeats/3-seed43", "repeats/5-seed43", "repeats/3-seed44", "repeats/5-seed44",
    ]  # fmt: skip
    for repeat, value in zip(repeats, (0.70, 0.78, 0.75, 0.80), strict=True):
        keep(tmp_path, repeat, {"pr_auc": value, "log_loss": 1 - value})
    found = by_mean(tmp_path, [first, second], repeats, "pr_auc")
    assert [each.record.number for each in found] == [5, 3]
    assert found[1].figures == (0.80, 0.70, 0.75)
    assert found[1].mean == pytest.approx(0.75)
    assert found[1].spread == pytest.approx(0.05)


def test_a_loss_is_better_lower(tmp_path: Path) -> None:
    records = [record(0, 0.8), record(1, 0.8)]
    repeats = repeats_of(records, 1, seed=1)
    for repeat, value in zip(repeats, (0.5, 0.2), strict=True):
        keep(tmp_path, repeat, {"log_loss": value})
    found = by_mean(tmp_path, records, repeats, "log_loss")
    assert [each.record.number for each in found] == [1, 0]


def test_without_repeats_the_trial_counts_alone(tmp_path: Path) -> None:
    (found,) = by_mean(tmp_path, [record(0, 0.8)], [], "pr_auc")
    assert (found.mean, found.spread) == (0.8, None)


def test_figures_are_kept_in_full(tmp_path: Path) -> None:
    (repeat,) = repeats_of([record(0, 0.8)], 1, seed=1)
    assert kept(tmp_path, repeat) is None
    keep(tmp_path, repeat, {"pr_auc": 0.12345678901234567})
    assert kept(tmp_path, repeat) == {"pr_auc": 0.12345678901234567}
