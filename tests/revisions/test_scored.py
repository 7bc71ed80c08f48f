"""How many networks have been scored on test."""

from pathlib import Path

import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.revisions.scored import ScoredPaths, scored_splits
from tests.commands import commit, run

PLACES = ScoredPaths(Path("data/predictions"), Path("data/split/labels.csv"))


def test_commits_and_experiments_count_once_each(revisions: Path) -> None:
    """Three tags and an experiment; that pipeline has no split and no fetch."""
    (found,) = scored_splits(revisions, PLACES)
    assert (found.networks, found.split, found.source) == (4, "unknown", "unknown")
    assert str(found).startswith("4 networks have been scored on the test part of split unknown")


def write_lock(folder: Path, split: str, predictions: str, source: str = "local") -> None:
    (folder / "dvc.lock").write_text(
        "schema: '2.0'\nstages:\n"
        f"  fetch:\n    params: {{params.yaml: {{fetch: {{source: {source}}}}}}}\n"
        f"  split:\n    outs: [{{path: data/split/labels.csv, md5: {split}}}]\n"
        f"  predict:\n    outs: [{{path: data/predictions, md5: {predictions}.dir}}]\n"
    )


def test_each_test_part_has_its_own_number(tmp_path: Path) -> None:
    run(tmp_path, "git", "init", "-q", "-b", "main")
    run(tmp_path, "git", "config", "user.name", "test")
    run(tmp_path, "git", "config", "user.email", "test@example.org")
    for split, predictions in (("aa", "1"), ("aa", "2"), ("bb", "3"), ("aa", "1")):
        write_lock(tmp_path, split, predictions)
        (tmp_path / "README").write_text(f"{split} {predictions}")
        commit(tmp_path, f"{split} {predictions}")
    write_lock(tmp_path, "aa", "4")  # not committed
    first, second = scored_splits(tmp_path, PLACES)
    assert (first.split, first.networks) == ("aa", 3)  # 1 came back
    assert (second.split, second.networks, second.source) == ("bb", 1, "local")
    assert str(second).startswith("1 network has been scored on")
    run(tmp_path, "git", "rm", "-qf", "dvc.lock")
    commit(tmp_path, "removed")
    assert [found.networks for found in scored_splits(tmp_path, PLACES)] == [2, 1]


def test_generated_images_are_named(tmp_path: Path) -> None:
    run(tmp_path, "git", "init", "-q")
    write_lock(tmp_path, "aa", "1", source="sample")
    assert str(scored_splits(tmp_path, PLACES)[0]).endswith(
        "fetch.source sample (generated images)"
    )


def test_a_folder_without_git_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not a git repository"):
        scored_splits(tmp_path, PLACES)
