"""A collection at an address, on a real S3 server, becomes what the same folder here becomes."""

import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path, PurePosixPath

import pandas as pd
import pytest

from lesion_pipeline.addresses.storage import StoredFile
from lesion_pipeline.core.errors import DataError
from lesion_pipeline.sources.fetch import FetchFolders, fetch
from lesion_pipeline.sources.params import ExternalParams
from lesion_pipeline.sources.remote import bring, wanted
from tests.code_deps import ROOT
from tests.s3_server import put, storage
from tests.sources.sources import fetch_params

PATIENCE = 60  # seconds


@pytest.fixture
def source(source: Path, metadata: pd.DataFrame) -> Path:
    """A folder with images in two parts, their table, and what is of no use."""
    for number, image_id in enumerate(metadata["image_id"]):
        part = source / f"part{number % 2}"
        part.mkdir(exist_ok=True)
        (source / f"{image_id}.jpg").rename(part / f"{image_id}.jpg")
    (source / "film.mp4").write_bytes(b"large")
    return source


def folders(top: Path) -> FetchFolders:
    for name in ("raw", "masks", "external"):
        (top / "data" / name).mkdir(parents=True)
    return FetchFolders(
        *(top / "data" / name for name in ("raw", "masks", "external", "downloads"))
    )


def fetched(top: Path, path: str, **changes: object) -> dict[str, bytes]:
    """Fetch and return all that was written but downloads."""
    to = folders(top)
    fetch(fetch_params("local", path=path, **changes), to, 2)
    return {
        path.relative_to(to.raw.parent).as_posix(): path.read_bytes()
        for folder in (to.raw, to.external)
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_folder_at_an_address_is_fetched_as_one_here(
    source: Path, s3: str, tmp_path: Path
) -> None:
    here = fetched(tmp_path / "here", str(source))
    there = fetched(tmp_path / "there", put(source, f"{s3}/clinic"))
    assert len(here) == 42 + 3 and there == here
    downloads = (tmp_path / "there/data/downloads").rglob("*")
    assert "film.mp4" not in {path.name for path in downloads}


def test_a_zip_file_at_an_address_and_one_in_a_folder(
    source: Path, s3: str, tmp_path: Path
) -> None:
    packed = tmp_path / "zips/ham.zip"
    packed.parent.mkdir()
    with zipfile.ZipFile(packed, "w") as archive:
        for file in sorted(source.rglob("*.*")):
            archive.write(file, file.relative_to(source))
    address = put(packed.parent, f"{s3}/zips")
    here = fetched(tmp_path / "here", str(packed))
    assert fetched(tmp_path / "file", f"{address}/ham.zip") == here
    assert fetched(tmp_path / "folder", address) == here


def test_another_collection_at_an_address(source: Path, s3: str, tmp_path: Path) -> None:
    table = pd.read_csv(source / "HAM10000_metadata.csv")
    for name in ("lesion_id", "image_id"):
        table[name] = "other_" + table[name]
    other = tmp_path / "other"
    for file in source.rglob("*.jpg"):
        other.mkdir(exist_ok=True)
        (other / f"other_{file.name}").write_bytes(file.read_bytes())
    table.to_csv(other / "cases.csv", index=False)
    clinic = {"name": "clinic", "table": "cases.csv"}
    here = ExternalParams(path=str(other), **clinic)
    there = ExternalParams(path=put(other, f"{s3}/other"), **clinic)
    first = fetched(tmp_path / "here", str(source), external=(here,))
    assert len(first) == 2 * (42 + 3)
    assert fetched(tmp_path / "there", str(source), external=(there,)) == first


def test_a_second_fetch_brings_only_what_changed(source: Path, s3: str, tmp_path: Path) -> None:
    address = put(source, f"{s3}/clinic")
    folder = bring(address, None, tmp_path / "downloads")
    before = {file: file.stat().st_mtime_ns for file in folder.rglob("*.jpg")}
    changed = sorted(before)[0]
    there = f"{address}/{changed.relative_to(folder).as_posix()}"
    storage().pipe_file(there, changed.read_bytes()[::-1])
    assert bring(address, None, tmp_path / "downloads") == folder
    assert [file for file in sorted(before) if file.stat().st_mtime_ns != before[file]] == [changed]


@pytest.mark.slow
def test_what_a_killed_fetch_has_brought_is_kept(source: Path, s3: str, tmp_path: Path) -> None:
    address = put(source, f"{s3}/clinic")
    script = (
        "from pathlib import Path; from lesion_pipeline.addresses import mirror\n"
        "mirror.READERS = 1\n"
        "from lesion_pipeline.sources.remote import bring\n"
        f"bring({address!r}, None, Path({str(tmp_path / 'downloads')!r}))"
    )

    def times() -> dict[Path, int]:
        return {path: path.stat().st_mtime_ns for path in (tmp_path / "downloads").rglob("*.jpg")}

    with subprocess.Popen([sys.executable, "-c", script], cwd=ROOT) as running:
        deadline = time.monotonic() + PATIENCE
        while len(times()) < 5:
            assert running.poll() is None and time.monotonic() < deadline
            time.sleep(0.002)
        running.send_signal(signal.SIGKILL)
    kept = times()
    assert 5 <= len(kept) < 42
    folder = bring(address, None, tmp_path / "downloads")
    assert kept.items() <= times().items() and len(times()) == 42
    for file in source.rglob("*.jpg"):
        assert (folder / file.relative_to(source)).read_bytes() == file.read_bytes()


def test_a_folder_without_images_is_named(s3: str, tmp_path: Path) -> None:
    storage().pipe_file(f"{s3}/films/a.mp4", b"x")
    with pytest.raises(DataError, match=f"{s3}/films: expected a folder with images"):
        bring(f"{s3}/films", None, tmp_path)


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (("a.jpg", "b/c.PNG", "t.csv", "x.zip", "film.mp4"), ("a.jpg", "b/c.PNG", "t.csv")),
        (("x.zip", "y/z.zip", "metadata.csv", "n.doc"), ("x.zip", "y/z.zip", "metadata.csv")),
        (("a.jpg", "cases.dat", ".hidden.jpg", "__MACOSX/a.jpg"), ("a.jpg", "cases.dat")),
    ],
)  # fmt: skip
def test_what_is_brought(names: tuple[str, ...], chosen: tuple[str, ...]) -> None:
    files = {PurePosixPath(name): StoredFile(name, name, None, 1) for name in names}
    assert tuple(map(str, wanted(files, "part/cases.dat"))) == chosen
