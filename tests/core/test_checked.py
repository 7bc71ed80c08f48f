"""What was read and found right a short time ago counts as read."""

import os
import time
from pathlib import Path

import pytest

from lesion_pipeline.core import checked
from lesion_pipeline.core.checked import CheckedInputs, facts_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "data/inner").mkdir(parents=True)
    (tmp_path / "data/a").write_text("a")
    (tmp_path / "data/inner/b").write_text("b")
    return tmp_path / "data"


def remembered(folder: Path, md5: str = "1") -> Path:
    """Note that a folder has a hash; return the file with the note."""
    file = folder.parent / "logs/checked.json"
    noted = CheckedInputs.load(file)
    noted.remember(folder, md5, facts_of(folder))
    noted.save()
    return file


def test_what_was_found_right_counts_in_the_next_process(folder: Path) -> None:
    known = CheckedInputs.load(remembered(folder))
    assert known.found_right(folder, "1")
    assert not known.found_right(folder, "2")
    assert not known.found_right(folder / "a", "1")


def flip(file: Path) -> None:
    """Write another byte and put the time of the last change back, as a careful forger would."""
    before = file.stat()
    file.write_bytes(b"x")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("name", ["a", "inner/b"])
def test_what_was_written_since_does_not_count(folder: Path, name: str) -> None:
    file = remembered(folder)
    time.sleep(0.02)  # the clock of a file system has ticks
    flip(folder / name)
    assert not CheckedInputs.load(file).found_right(folder, "1")


@pytest.mark.parametrize("change", ["add", "remove", "rename"])
def test_another_list_of_files_does_not_count(folder: Path, change: str) -> None:
    file = remembered(folder)
    if change == "add":
        (folder / "c").write_text("c")
    elif change == "remove":
        (folder / "inner/b").unlink()
    else:
        (folder / "a").rename(folder / "z")
    assert not CheckedInputs.load(file).found_right(folder, "1")


def test_after_an_hour_it_does_not_count(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, now = remembered(folder), time.time()
    for later, counts in ((3500, True), (3700, False), (-100, False)):
        monkeypatch.setattr(checked.time, "time", lambda later=later: now + later)
        assert CheckedInputs.load(file).found_right(folder, "1") == counts


@pytest.mark.parametrize("content", ["", "[]", '{"data": 1}'])
def test_a_damaged_note_is_no_note(folder: Path, content: str) -> None:
    file = folder.parent / "checked.json"
    file.write_text(content)
    assert not CheckedInputs.load(file).found_right(Path("data"), "1")
    assert not CheckedInputs.load(folder / "none").found_right(folder, "1")
