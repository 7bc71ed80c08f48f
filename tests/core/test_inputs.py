"""Inputs that are not what dvc.lock states are refused."""

import hashlib
import json
from pathlib import Path

import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.inputs import check_inputs, md5_of

PIPELINE = """
stages:
  one: {cmd: x, outs: [data/a, data/b.csv]}
  two: {cmd: x, deps: [data/a/images, code.py, other.csv]}
  three: {cmd: x, deps: [data/b.csv, data/a/table.csv]}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A pipeline in which one wrote data/a and data/b.csv, and the others read them."""
    (tmp_path / "data/a/images").mkdir(parents=True)
    for name in ("data/a/images/1.jpg", "data/a/table.csv", "data/b.csv", "code.py"):
        (tmp_path / name).write_text(name)
    (tmp_path / "dvc.yaml").write_text(PIPELINE)
    (tmp_path / "dvc.lock").write_text(
        "stages:\n  one:\n    outs:\n"
        f"    - {{path: data/a, md5: {md5_of(tmp_path / 'data/a')}}}\n"
        f"    - {{path: data/b.csv, md5: {hashlib.md5(b'data/b.csv').hexdigest()}}}\n"
    )
    return tmp_path


def test_whole_inputs_are_accepted(root: Path) -> None:
    for stage in ("one", "two", "three", "unknown"):
        check_inputs(stage, root)


@pytest.mark.parametrize(
    ("damaged", "stage", "named"),
    [("data/a/images/1.jpg", "two", "data/a"), ("data/b.csv", "three", "data/b.csv")],
)
def test_a_damaged_input_is_named(root: Path, damaged: str, stage: str, named: str) -> None:
    (root / damaged).write_text("other")
    with pytest.raises(DataError) as error:
        check_inputs(stage, root)
    assert str(error.value) == (
        f"{named}: not the bytes that dvc.lock states, so a file was damaged. `lesion verify "
        f"--fast` names it: delete it and {named}, then run `dvc repro`"
    )


def list_files(root: Path, folder: str) -> Path:
    """Put DVC's list of a folder's files into the cache."""
    md5 = md5_of(root / folder)
    rows = [
        {"md5": md5_of(file), "relpath": file.relative_to(root / folder).as_posix()}
        for file in (root / folder).rglob("*")
        if file.is_file()
    ]
    place = root / f".dvc/cache/files/md5/{md5[:2]}/{md5[2:]}"
    place.parent.mkdir(parents=True)
    place.write_text(json.dumps(rows))
    return place


def test_a_file_in_another_stage_s_folder_is_compared_with_dvc_s_list(root: Path) -> None:
    place = list_files(root, "data/a")
    check_inputs("three", root)
    (root / "data/a/table.csv").write_text("other")
    with pytest.raises(DataError, match=r"^data/a/table\.csv: not the bytes"):
        check_inputs("three", root)
    place.write_text("no list")
    check_inputs("three", root)


@pytest.mark.parametrize("damaged", ["data/b.csv", "code.py"])
def test_what_a_stage_does_not_read_is_not_compared(root: Path, damaged: str) -> None:
    (root / damaged).write_text("other")
    check_inputs("two", root)


@pytest.mark.parametrize("lock", [None, "", "stages: [", "[]"])
def test_without_a_lock_nothing_is_compared(root: Path, lock: str | None) -> None:
    (root / "dvc.lock").unlink()
    if lock is not None:
        (root / "dvc.lock").write_text(lock)
    check_inputs("two", root)


def test_what_was_compared_a_moment_ago_is_not_read_again(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_inputs("two", root)
    monkeypatch.setattr("lesion_pipeline.core.inputs.md5_of", lambda path: "never asked")
    check_inputs("two", root)
    with pytest.raises(DataError, match=r"^data/b\.csv"):
        check_inputs("three", root)


def test_what_is_damaged_is_refused_each_time(root: Path) -> None:
    (root / "data/b.csv").write_text("other")
    for _ in range(2):
        with pytest.raises(DataError, match=r"^data/b\.csv: not the bytes"):
            check_inputs("three", root)
