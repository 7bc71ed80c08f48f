"""What dvc.lock states, and what the cache really holds."""

import hashlib
import shutil
from pathlib import Path

import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.inputs import md5_of
from lesion_pipeline.revisions.lock import (
    LocalCache,
    LockedOutput,
    differing_files,
    read_lock,
    run_dvc,
    stale_stages,
)

pytestmark = pytest.mark.slow

LOCK = """
schema: '2.0'
stages:
  one:
    cmd: python one.py
    outs:
    - {path: data/a, md5: 11.dir}
    - {path: metrics/a.json, md5: '22'}
  two:
    cmd: python two.py
"""


@pytest.fixture
def copied(revisions: Path, tmp_path: Path) -> Path:
    """A copy of the small repository that a test may spoil."""
    shutil.copytree(revisions, tmp_path / "copy")
    return tmp_path / "copy"


def spoil(file: Path) -> None:
    """Turn one bit of a file in the cache, which is read-only."""
    file.chmod(0o644)
    content = bytearray(file.read_bytes())
    content[0] ^= 1
    file.write_bytes(content)


def test_outputs_are_read_with_their_stage() -> None:
    assert read_lock(LOCK) == {
        "data/a": LockedOutput("one", "data/a", "11.dir"),
        "metrics/a.json": LockedOutput("one", "metrics/a.json", "22"),
    }


@pytest.mark.parametrize("text", ["", "stages: [1]", "a: 1", "stages: {one: {outs: [{path: x}]}}"])
def test_what_is_no_lock_is_refused(text: str) -> None:
    with pytest.raises(DataError, match=r"dvc\.lock is not what DVC writes"):
        read_lock(text)


def test_hashes_are_those_of_dvc(copied: Path) -> None:
    locked = read_lock((copied / "dvc.lock").read_text())
    run_dvc(copied, "checkout", "--force")
    assert set(locked) >= {"data/predictions", "data/threshold", "metrics/summary.json"}
    assert {path: md5_of(copied / path) for path in locked} == {
        path: output.md5 for path, output in locked.items()
    }


def test_the_hash_of_a_file_is_its_md5(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert md5_of(tmp_path / "a") == hashlib.md5(b"abc").hexdigest()


def test_a_whole_cache_has_no_problem_and_a_turned_bit_is_one(copied: Path) -> None:
    cache, locked = LocalCache(copied), read_lock((copied / "dvc.lock").read_text())
    output = locked["data/predictions"]
    assert list(cache.problems(output)) == []
    files = cache.files(output.md5)
    assert files is not None and sorted(files) == ["test.csv", "val.csv"]
    spoil(cache.place(files["val.csv"]))
    cache.place(files["test.csv"]).unlink()
    assert list(cache.problems(output)) == [
        "data/predictions/test.csv is not in the cache",
        f"data/predictions/val.csv is damaged in the cache ({cache.place(files['val.csv'])})",
    ]


def test_a_folder_whose_list_is_gone_is_named(copied: Path) -> None:
    cache, locked = LocalCache(copied), read_lock((copied / "dvc.lock").read_text())
    output = locked["data/threshold"]
    cache.place(output.md5).unlink()
    assert cache.files(output.md5) is None
    assert list(cache.problems(output)) == ["data/threshold is not in the cache"]


def test_code_that_changed_makes_its_stage_stale(copied: Path) -> None:
    assert stale_stages(copied) == []
    (copied / "make.py").write_text((copied / "make.py").read_text() + "\n")
    assert stale_stages(copied) == ["make"]


def test_dvc_that_fails_is_told_with_its_last_lines(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"`dvc repro` failed in .*\n.*not inside of a DVC repo"):
        run_dvc(tmp_path, "repro")


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        ({"a": "1", "b": "2"}, {"a": "1", "b": "2"}, []),
        ({"a": "1", "b": "2"}, {"a": "1", "b": "3", "c": "4"}, ["b", "c"]),
        ({"a": "1"}, {}, ["a"]),
        (None, {"a": "1"}, None),
        ({"a": "1"}, None, None),
    ],
)
def test_files_that_differ(
    old: dict[str, str] | None, new: dict[str, str] | None, names: list[str] | None
) -> None:
    assert differing_files(old, new) == names
