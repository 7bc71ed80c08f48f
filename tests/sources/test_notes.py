"""Notes beside a file: a damaged one counts as missing."""

from pathlib import Path

import pytest

from lesion_pipeline.sources.notes import PartialFile, VerifiedFile, forget, note_path, read_note

VERIFIED = VerifiedFile(name="a.zip", size=3, md5="0" * 32, sha256="1" * 64, mtime_ns=7)


def test_a_note_is_read_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "a.zip"
    VERIFIED.write(note_path(file))
    assert (tmp_path / "a.zip.json").is_file()
    assert read_note(VerifiedFile, file) == VERIFIED


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"size": 3}', b"\xff"])
def test_a_damaged_note_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.zip.json").write_bytes(content)
    assert read_note(VerifiedFile, tmp_path / "a.zip") is None


def test_a_missing_note_is_none(tmp_path: Path) -> None:
    assert read_note(PartialFile, tmp_path / "a.zip.partial") is None


def test_what_is_forgotten_is_gone_with_its_note(tmp_path: Path) -> None:
    partial = tmp_path / "a.zip.partial"
    partial.write_bytes(b"x")
    PartialFile(validator=None, size=3).write(note_path(partial))
    forget(partial)
    forget(partial)  # nothing to forget is no error
    assert list(tmp_path.iterdir()) == []
