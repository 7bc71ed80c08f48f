"""A folder here is made like one at an address; what was brought isn't brought again."""

from pathlib import Path

import pytest

from lesion_pipeline.addresses import mirror as module
from lesion_pipeline.addresses.mirror import mirror, short_name
from lesion_pipeline.addresses.storage import StoredFile, files_at
from lesion_pipeline.core.errors import DataError
from tests.s3_server import put, storage

LARGE = bytes(range(256)) * 40  # of five blocks


@pytest.fixture
def stored(s3: str, tmp_path: Path) -> str:
    source = tmp_path / "source"
    (source / "part").mkdir(parents=True)
    for name in ("a", "b", "part/c"):
        (source / name).write_text(f"content of {name}")
    return put(source, f"{s3}/folder")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "target"


def contents(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text() for path in files}


def test_all_files_come_and_only_what_changed_comes_again(stored: str, target: Path) -> None:
    mirror(files_at(stored), target)
    assert contents(target) == {name: f"content of {name}" for name in ("a", "b", "part/c")}
    (target / "b").write_text("CONTENT OF B")  # of that size, so it isn't brought again
    storage().pipe_file(f"{stored}/a", b"CONTENT OF A")  # of the same size, too
    storage().rm_file(f"{stored}/part/c")
    mirror(files_at(stored), target)
    assert contents(target) == {"a": "CONTENT OF A", "b": "CONTENT OF B"}


def test_a_file_of_another_size_is_brought_again(stored: str, target: Path) -> None:
    mirror(files_at(stored), target)
    (target / "a").write_text("")
    mirror(files_at(stored), target)
    assert contents(target)["a"] == "content of a"


def test_without_the_listing_nothing_is_trusted(stored: str, target: Path) -> None:
    mirror(files_at(stored), target)
    (target / "a").write_text("CONTENT OF A")
    target.with_name("target.listing.json").unlink()
    mirror(files_at(stored), target)
    assert contents(target)["a"] == "content of a"


@pytest.fixture
def large(s3: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A file of five blocks, the last of which is not full."""
    monkeypatch.setattr(module, "BLOCK", len(LARGE) // 5 + 1)
    storage().pipe_file(f"{s3}/big/large", LARGE)
    return f"{s3}/big"


def interrupted(address: str, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bring two blocks of the large file and fail at the third."""
    read = StoredFile.read

    def fail(file: StoredFile, start: int | None = None, end: int | None = None) -> bytes:
        if start == 2 * module.BLOCK:
            raise KeyboardInterrupt
        return read(file, start, end)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(StoredFile, "read", fail)
        mirror(files_at(address), target)


def test_a_large_file_goes_on_where_it_was(
    large: str, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted(large, target, monkeypatch)
    (partial,) = target.iterdir()
    partial.write_bytes(b"x" * partial.stat().st_size)  # to see that it is used
    mirror(files_at(large), target)
    kept = 2 * module.BLOCK
    assert (target / "large").read_bytes() == b"x" * kept + LARGE[kept:]
    assert len(list(target.iterdir())) == 1


def test_another_large_file_begins_anew(
    large: str, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted(large, target, monkeypatch)
    storage().pipe_file(f"{large}/large", LARGE[::-1])
    mirror(files_at(large), target)
    assert [path.read_bytes() for path in target.iterdir()] == [LARGE[::-1]]


def test_a_file_that_changes_meanwhile_is_refused(large: str, target: Path) -> None:
    files = files_at(large)
    storage().pipe_file(f"{large}/large", LARGE[::-1])
    with pytest.raises(DataError, match=f"{large}/large: it changed while it was read"):
        mirror(files, target)
    assert list(target.iterdir()) == []


def test_addresses_have_different_short_names() -> None:
    names = {short_name(address) for address in ("s3://b/x y", "s3://b/x-y", "gs://b/x-y")}
    assert len(names) == 3 and all(set(" /:").isdisjoint(name) for name in names)
