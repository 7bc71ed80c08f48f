from pathlib import Path

import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.revisions.git import blobs, git
from tests.commands import commit, run


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    run(tmp_path, "git", "init", "-q", "-b", "main")
    run(tmp_path, "git", "config", "user.name", "test")
    run(tmp_path, "git", "config", "user.email", "test@example.org")
    return tmp_path


def test_a_failure_names_the_command_and_its_reason(repository: Path) -> None:
    with pytest.raises(DataError, match=r"`git rev-parse --verify x`: fatal: "):
        git(repository, "rev-parse", "--verify", "x")


def test_each_content_of_a_file_is_there_once(repository: Path) -> None:
    for text in ("a\n1", "b", "a\n1"):
        (repository / "file").write_text(text)
        (repository / "other").write_text(f"{text} {len(list(repository.iterdir()))}")
        commit(repository, text)
    run(repository, "git", "checkout", "-q", "-b", "aside")
    (repository / "file").write_text("c")
    commit(repository, "c")
    run(repository, "git", "checkout", "-q", "main")
    run(repository, "git", "rm", "-q", "file")
    commit(repository, "removed")
    assert sorted(blobs(repository, "file")) == ["a\n1", "b", "c"]
    assert blobs(repository, "never") == []
