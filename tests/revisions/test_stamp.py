"""The stamp tells whether a report is that of the commit."""

from pathlib import Path

import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.inputs import md5_of
from lesion_pipeline.reporting.page import STAMP
from lesion_pipeline.revisions.stamp import processor, stamped
from tests.commands import commit, run

REPORT = Path("data/report/report.html")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository whose dvc.lock names the report that is there."""
    run(tmp_path, "git", "init", "-q", "-b", "main")
    run(tmp_path, "git", "config", "user.name", "test")
    run(tmp_path, "git", "config", "user.email", "test@example.org")
    (tmp_path / ".gitignore").write_text("/data/\n")
    (tmp_path / REPORT).parent.mkdir(parents=True)
    (tmp_path / REPORT).write_text(f"<p>a</p>\n{STAMP}\n<p>b</p>")
    md5 = md5_of((tmp_path / REPORT).parent)
    outs = f"    outs:\n    - path: data/report\n      md5: {md5}\n"
    (tmp_path / "dvc.lock").write_text(f"schema: '2.0'\nstages:\n  report:\n{outs}")
    commit(tmp_path, "a report")
    return tmp_path


def test_a_report_of_the_commit(repository: Path) -> None:
    head = run(repository, "git", "rev-parse", "HEAD").strip()
    shown = stamped(REPORT, repository)
    assert shown.startswith(f'<p>a</p>\n<p class="stamp">Commit {head} of 20')
    assert "whose dvc.lock names these results. Copied on " in shown
    assert shown.endswith("</p>\n<p>b</p>")
    assert (repository / REPORT).read_text().count(STAMP) == 1  # only the copy is stamped


def test_a_report_of_results_that_are_not_committed(repository: Path) -> None:
    (repository / REPORT).write_text(STAMP)
    assert "These results are not those of commit " in stamped(REPORT, repository)


def test_a_commit_without_results(repository: Path) -> None:
    (repository / "dvc.lock").unlink()
    commit(repository, "no lock")
    assert "These results are not those of commit " in stamped(REPORT, repository)


def test_what_can_not_be_stamped(repository: Path) -> None:
    (repository / REPORT).write_text("of another version")
    with pytest.raises(DataError, match="made by another version: run `dvc repro report`"):
        stamped(REPORT, repository)
    (repository / REPORT).unlink()
    with pytest.raises(DataError, match=r"report\.html not found: run `dvc repro`"):
        stamped(REPORT, repository)


def test_the_name_of_the_processor(tmp_path: Path) -> None:
    table = tmp_path / "cpuinfo"
    table.write_text("processor : 0\nmodel name\t: A Processor <3>\nmodel name : A Processor <3>\n")
    assert processor(table) == "A Processor <3>"
    assert processor(tmp_path / "none")  # the architecture
