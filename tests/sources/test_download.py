"""A download ends with the whole, checked file, or with a clear error and nothing in its place."""

import contextlib
import hashlib
import io
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.sources.download import download
from lesion_pipeline.sources.transfer import Remote
from tests.code_deps import ROOT
from tests.sources.served import (
    COMPANIONS,
    CONTENT,
    FACTS,
    MD5,
    PATH,
    QUICK,
    get,
    names,
    refusal,
)
from tests.sources.server import Storage

pytestmark = pytest.mark.usefixtures("served")


def test_a_file_comes_whole(storage: Storage, tmp_path: Path) -> None:
    assert get(storage, tmp_path / "new/folder") == FACTS
    assert (tmp_path / "new/folder/images.bin").read_bytes() == CONTENT
    assert names(tmp_path / "new/folder") == COMPANIONS


def test_a_second_run_downloads_nothing(storage: Storage, tmp_path: Path) -> None:
    get(storage, tmp_path)
    storage.asked.clear()
    assert get(storage, tmp_path) == FACTS
    assert get(storage, tmp_path, None) == FACTS
    assert storage.asked == []


def test_a_file_that_was_touched_is_hashed_again(storage: Storage, tmp_path: Path) -> None:
    get(storage, tmp_path)
    storage.asked.clear()
    os.utime(tmp_path / "images.bin", (1, 1))
    assert get(storage, tmp_path) == FACTS
    assert storage.asked == []


@pytest.mark.parametrize("md5", [MD5, None])
def test_a_file_that_was_changed_comes_anew(
    storage: Storage, tmp_path: Path, md5: str | None
) -> None:
    get(storage, tmp_path)
    (tmp_path / "images.bin").write_bytes(CONTENT[:-1] + b"!")
    assert get(storage, tmp_path, md5) == FACTS
    assert (tmp_path / "images.bin").read_bytes() == CONTENT


@pytest.mark.parametrize("note", [b"", b"{", b"[]", b'{"size": 300000}'])
def test_a_damaged_note_costs_no_more_than_a_hash(
    storage: Storage, tmp_path: Path, note: bytes
) -> None:
    get(storage, tmp_path)
    (tmp_path / "images.bin.json").write_bytes(note)
    storage.asked.clear()
    assert get(storage, tmp_path) == FACTS
    assert storage.asked == []


def test_a_wrong_checksum_is_refused_and_the_file_kept_apart(
    storage: Storage, tmp_path: Path
) -> None:
    storage.files[PATH] = CONTENT[:-1] + b"!"
    told = refusal(storage, tmp_path)
    wrong = hashlib.md5(storage.files[PATH]).hexdigest()
    assert f"expected MD5 {MD5}, received {wrong}; refused and kept as" in told
    assert names(tmp_path) == {"images.bin.wrong"}
    storage.files[PATH] = CONTENT
    storage.asked.clear()
    assert get(storage, tmp_path) == FACTS
    assert storage.ranges_asked(PATH) == [None]


def test_what_stood_before_stays_until_the_new_is_verified(
    storage: Storage, tmp_path: Path
) -> None:
    get(storage, tmp_path)
    assert "expected MD5" in refusal(storage, tmp_path, "0" * 32)
    assert (tmp_path / "images.bin").read_bytes() == CONTENT


def zipped() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.jpg", CONTENT)
        archive.writestr("b.jpg", CONTENT[::-1])
    return packed.getvalue()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (zipped()[:1000] + b"?" + zipped()[1001:], "a.jpg is damaged"),
        (b"<html>not what you want</html>", "File is not a zip file"),
    ],
    ids=["a bit has turned", "a page instead"],
)
def test_a_zip_without_a_listed_checksum_must_be_intact(
    storage: Storage, tmp_path: Path, content: bytes, problem: str
) -> None:
    storage.files["/x.zip"] = content
    remote = Remote("x.zip", storage.url + "/x.zip")
    with pytest.raises(DataError, match=f"not an intact zip file: {problem}; refused and kept as"):
        download(remote, tmp_path, QUICK)
    assert names(tmp_path) == {"x.zip.wrong"}
    storage.files["/x.zip"] = zipped()
    assert download(remote, tmp_path, QUICK).size == len(zipped())


SCRIPT = """
import sys
from pathlib import Path
from lesion_pipeline.sources.collection import SourceFile
from lesion_pipeline.sources.download import download
from lesion_pipeline.sources.transfer import Remote
{first}
print(download(Remote("images.bin", sys.argv[1], sys.argv[2]), Path(sys.argv[3])).md5)
"""


BECOME_NOBODY = """
if os.geteuid() == 0:  # root may write anywhere
    for folder in Path(sys.argv[3]).parents:
        os.chmod(folder, folder.stat().st_mode | 0o111)  # the test's own folders, on the way
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
"""


def start(storage: Storage, folder: Path, first: str = "") -> subprocess.Popen[str]:
    """Start a process that does something first and then downloads."""
    script = SCRIPT.format(first=first)
    return subprocess.Popen(
        [sys.executable, "-c", script, storage.url + PATH, MD5, str(folder)],
        cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def test_kill_9_loses_nothing_and_leaves_nothing_that_looks_complete(
    storage: Storage, tmp_path: Path
) -> None:
    partial = tmp_path / "images.bin.partial"
    storage.pause_s = 0.005
    kept = 0
    for _ in range(2):
        running = start(storage, tmp_path)
        while not (partial.exists() and partial.stat().st_size > kept + 50_000):
            assert running.poll() is None
            time.sleep(0.002)
        running.send_signal(signal.SIGKILL)
        running.communicate()
        assert not (tmp_path / "images.bin").exists()
        kept = partial.stat().st_size
    storage.pause_s = 0
    assert get(storage, tmp_path) == FACTS
    first, second, third = storage.ranges_asked(PATH)
    assert first is None and third == f"bytes={kept}-"
    assert second is not None and int(second[6:-1]) >= 50_000
    assert names(tmp_path) == COMPANIONS


def test_a_limit_on_file_size_is_a_clear_error(storage: Storage, tmp_path: Path) -> None:
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))"
    running = start(storage, tmp_path, limit)
    _, told = running.communicate()
    assert f"DataError: {tmp_path} can't be used: [Errno 27] File too large" in told
    assert names(tmp_path) == {"images.bin.partial", "images.bin.partial.json"}
    assert get(storage, tmp_path) == FACTS


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """Mount a file system of 128 kB, or skip the test where that is not allowed."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("may not mount a small file system")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("sized", [True, False], ids=["told before", "met while writing"])
def test_a_full_disk(storage: Storage, tmp_path: Path, sized: bool) -> None:
    storage.sized = sized
    with small_disk(tmp_path):
        told = refusal(storage, tmp_path)
        assert told.startswith(f"{tmp_path}: no space left on the disk (") and "make room" in told
        assert ("300,000 bytes to come" in told) == sized
        assert not (tmp_path / "images.bin").exists()


@pytest.mark.parametrize("deep", ["", "new"])
def test_a_folder_that_may_not_be_written(storage: Storage, tmp_path: Path, deep: str) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o555)
    running = start(storage, locked / deep, "import os\n" + BECOME_NOBODY)
    _, told = running.communicate()
    assert f"DataError: {locked / deep} can't be used: [Errno 13] Permission denied" in told
    assert names(locked) == set()


def test_a_file_where_the_folder_should_be(storage: Storage, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    told = refusal(storage, tmp_path / "file")
    assert told.startswith(f"{tmp_path / 'file'} can't be used: ")
