"""Progress on a terminal and in a log file; the items pass unchanged."""

import sys

import pytest

from lesion_pipeline.loops.progress import progress, progress_bytes


def test_items_pass_and_a_log_gets_whole_lines(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(progress(iter("abc"), 3, "label", "shard")) == ["a", "b", "c"]
    written = capsys.readouterr().err
    assert written.startswith("label:") and "3/3" in written and "shard/s" in written
    assert "\r" not in written and written.endswith("\n")


def test_chunks_pass_and_their_bytes_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    chunks = [b"x" * 2000, b"x" * 1000]
    assert list(progress_bytes(chunks, 4000, 1000, "file")) == chunks
    assert "4.00k/4.00k" in capsys.readouterr().err


def test_an_unknown_size_is_no_problem(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(progress_bytes([b"x" * 2000], None, 0, "file")) == [b"x" * 2000]
    assert "2.00k" in capsys.readouterr().err


def test_a_terminal_gets_a_bar(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    list(progress(range(3), 3, "label"))
    assert "\r" in capsys.readouterr().err
