"""What is at an address, against a real S3 server; and what is said when nothing is."""

import os
import subprocess
import sys
from pathlib import Path

import fsspec
import pytest

from lesion_pipeline.addresses.storage import StorageError, files_at, is_address, one_file
from lesion_pipeline.core.errors import DataError, PipelineError
from tests.code_deps import ROOT
from tests.s3_server import forget_login, put, require_login, storage


@pytest.fixture
def stored(s3: str, tmp_path: Path) -> str:
    for name in ("b.jpg", "a.jpg", "part/c.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    return put(tmp_path, f"{s3}/folder")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("s3://bucket/x", True),
        ("gs://b", True),
        ("C:/x", False),
        ("a/b", False),
        (Path("a"), False),
    ],
)
def test_an_address_and_a_path_are_told_apart(text: object, expected: bool) -> None:
    assert is_address(text) == expected


@pytest.mark.parametrize("end", ["", "/"])
def test_a_folder_is_listed_by_name_to_any_depth(stored: str, end: str) -> None:
    files = files_at(stored + end)
    assert [str(name) for name in files] == ["a.jpg", "b.jpg", "part/c.jpg"]
    assert [str(file) for file in files.values()][2] == f"{stored}/part/c.jpg"
    assert [file.size for file in files.values()] == [5, 5, 10]
    assert len({file.tag for file in files.values()} - {""}) == 3
    assert [file.read() for file in files.values()] == [b"a.jpg", b"b.jpg", b"part/c.jpg"]


def test_the_folder_alone_and_one_file(stored: str) -> None:
    assert [str(name) for name in files_at(stored, recursive=False)] == ["a.jpg", "b.jpg"]
    ((name, file),) = files_at(f"{stored}/part/c.jpg").items()
    assert (str(name), file.address, file.stem) == ("c.jpg", f"{stored}/part/c.jpg", "c")
    assert file.read(5, 8) == b"c.j"


def test_what_changed_meanwhile_is_seen(stored: str) -> None:
    """Changed by another client, as one's own changes are known anyway."""
    before = files_at(stored, recursive=False)
    other = fsspec.filesystem("s3", skip_instance_cache=True)
    other.pipe_file(f"{stored}/a.jpg", b"other")
    after = files_at(stored, recursive=False)
    assert [str(name) for name in after if after[name].tag != before[name].tag] == ["a.jpg"]
    first = next(iter(after.values()))
    assert one_file(f"{stored}/a.jpg").known().tag == first.tag
    other.pipe_file(f"{stored}/a.jpg", b"third")
    assert one_file(f"{stored}/a.jpg").known().tag != first.tag


def test_a_file_that_is_not_there(stored: str) -> None:
    assert one_file(f"{stored}/a.jpg").exists()
    missing = one_file(f"{stored}/x.jpg")
    assert not missing.exists()
    for ask in (missing.read, missing.known):
        with pytest.raises(DataError, match=f"{stored}/x.jpg: there is no such file"):
            ask()


@pytest.mark.parametrize("place", ["s3://lesions/nothing", "s3://other", "s3://other/folder"])
def test_nothing_there_is_an_error_that_names_the_address(s3: str, place: str) -> None:
    with pytest.raises(DataError, match=f"{place}: there is no such"):
        files_at(place)


def test_a_name_that_leads_elsewhere_is_refused(s3: str) -> None:
    storage().pipe_file(f"{s3}/folder/../x.jpg", b"x")
    with pytest.raises(DataError, match=r"a name that can't be used here: '../x.jpg'"):
        files_at(f"{s3}/folder")


def test_a_storage_that_refuses_says_so(stored: str, s3_server: str) -> None:
    require_login(s3_server, True)
    with pytest.raises(StorageError, match=f"{stored}: access is refused"):
        files_at(stored)


def test_without_a_login_it_names_one(stored: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, os.devnull)
    forget_login()
    try:
        with pytest.raises(StorageError, match=f"{stored}: .*credentials.*AWS_ACCESS_KEY_ID"):
            files_at(stored)
    finally:
        forget_login()


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("gs://bucket/x", "pip install gcsfs"),
        ("nowhere://x", "no kind of address"),
        ("https://example.org/x", "web servers don't list"),
        ("s3://", "expected a folder or a file"),
    ],
)
def test_addresses_that_cannot_be_used(address: str, reason: str) -> None:
    with pytest.raises(PipelineError, match=f"{address}: .*{reason}"):
        files_at(address)


@pytest.mark.parametrize("missing", ["s3fs", "fsspec"])
def test_a_missing_package_is_named_with_its_remedy(missing: str) -> None:
    script = (
        f"import sys; sys.modules[{missing!r}] = None\n"
        "from lesion_pipeline.cli import main\n"
        "raise SystemExit(main(['predict', 's3://bucket/folder']))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert (
        "s3://bucket/folder: needs a package that isn't installed: pip install s3fs" in done.stderr
    )
