"""A download ends with the whole, checked file, or with a clear error and nothing in its place."""

import contextlib
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.sources.download import Facts, Patience, Remote, download
from tests.code_deps import ROOT
from tests.sources.server import Answer, Handler, Storage, cut, silence, status

CONTENT = np.random.default_rng(1).bytes(300_000)
MD5 = hashlib.md5(CONTENT).hexdigest()
FACTS = Facts("images.bin", len(CONTENT), MD5, hashlib.sha256(CONTENT).hexdigest())
QUICK = Patience(attempts=3, timeout_s=20, pause_s=0.01, longest_pause_s=0.05)
PATH = "/storage/images.bin"
COMPANIONS = {"images.bin", "images.bin.json"}


@pytest.fixture(autouse=True)
def content(storage: Storage) -> None:
    storage.files[PATH] = CONTENT


def get(storage: Storage, folder: Path, md5: str | None = MD5) -> Facts:
    return download(Remote("images.bin", storage.url + PATH, md5), folder, QUICK)


def refusal(storage: Storage, folder: Path, md5: str | None = MD5) -> str:
    with pytest.raises(DataError) as error:
        get(storage, folder, md5)
    return str(error.value)


def names(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


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


def test_redirects_are_followed_with_the_range(storage: Storage, tmp_path: Path) -> None:
    storage.redirects["/api/7"] = f"{storage.url}{PATH}?signature=secret"
    storage.mishaps[PATH] = [cut(100_000)]
    remote = Remote("images.bin", storage.url + "/api/7", MD5)
    assert download(remote, tmp_path, QUICK) == FACTS
    assert storage.ranges_asked(PATH) == [None, "bytes=100000-"]


@pytest.mark.parametrize("validator", ["etag", "date", "none"])
def test_what_breaks_off_goes_on(storage: Storage, tmp_path: Path, validator: str) -> None:
    storage.validator = validator
    storage.mishaps[PATH] = [cut(100_000), cut(50_000), cut(1_000)]
    assert get(storage, tmp_path) == FACTS
    expected = [None, "bytes=100000-", "bytes=150000-", "bytes=151000-"]
    assert storage.ranges_asked(PATH) == expected
    assert names(tmp_path) == COMPANIONS


def test_silence_is_not_waited_out(storage: Storage, tmp_path: Path) -> None:
    storage.mishaps[PATH] = [silence(100_000, 30)]
    patience = Patience(attempts=50, timeout_s=0.4, pause_s=0.01, longest_pause_s=0.05)
    started = time.monotonic()
    assert download(Remote("images.bin", storage.url + PATH, MD5), tmp_path, patience) == FACTS
    assert time.monotonic() - started < 25
    assert storage.ranges_asked(PATH)[1] == "bytes=100000-"


def test_the_next_run_goes_on(storage: Storage, tmp_path: Path) -> None:
    storage.mishaps[PATH] = [cut(100_000), *[status(503)] * 3]
    told = refusal(storage, tmp_path)
    assert "3 attempts in a row brought nothing" in told and "answers 503" in told
    assert names(tmp_path) == {"images.bin.partial", "images.bin.partial.json"}
    storage.asked.clear()
    assert get(storage, tmp_path) == FACTS
    assert storage.ranges_asked(PATH) == ["bytes=100000-"]


def test_a_server_without_ranges_starts_anew(storage: Storage, tmp_path: Path) -> None:
    storage.ranges = False
    storage.mishaps[PATH] = [cut(100_000)]
    assert get(storage, tmp_path) == FACTS


@pytest.mark.parametrize("places", [(100_000,), (100_000, 50_000)], ids=["alike", "in turn"])
def test_a_server_without_ranges_that_always_cuts_is_given_up(
    storage: Storage, tmp_path: Path, places: tuple[int, ...]
) -> None:
    storage.ranges = False
    storage.mishaps[PATH] = [cut(place) for place in places] * 9
    assert "3 attempts in a row brought nothing" in refusal(storage, tmp_path)
    assert len(storage.asked) == 4


@pytest.mark.parametrize(("validator", "more"), [("etag", b""), ("date", b""), ("none", b"longer")])
def test_a_file_that_changes_at_the_server_is_not_mixed(
    storage: Storage, tmp_path: Path, validator: str, more: bytes
) -> None:
    storage.validator = validator
    storage.mishaps[PATH] = [cut(100_000), *[status(503)] * 3]
    refusal(storage, tmp_path)
    storage.files[PATH] = other = CONTENT[::-1] + more
    facts = get(storage, tmp_path, hashlib.md5(other).hexdigest())
    assert (tmp_path / "images.bin").read_bytes() == other
    assert facts.size == len(other)


@pytest.mark.parametrize("mishaps", [[], [cut(100_000)]], ids=["whole", "cut"])
def test_content_of_unknown_length(storage: Storage, tmp_path: Path, mishaps: list[Answer]) -> None:
    storage.sized = False
    storage.mishaps[PATH] = list(mishaps)
    assert get(storage, tmp_path, None) == FACTS
    assert len(storage.asked) == 1 + len(mishaps)


def test_a_partial_file_that_is_too_long_starts_anew(storage: Storage, tmp_path: Path) -> None:
    (tmp_path / "images.bin.partial").write_bytes(CONTENT + b"and more")
    note = {"validator": f'"{MD5}"', "size": None}
    (tmp_path / "images.bin.partial.json").write_text(json.dumps(note))
    assert get(storage, tmp_path) == FACTS
    assert storage.ranges_asked(PATH) == [f"bytes={len(CONTENT) + 8}-", None]


def test_a_part_shorter_than_the_one_asked_for(storage: Storage, tmp_path: Path) -> None:
    """A server may send less than the rest (RFC 9110, section 15.3.7); then the rest follows."""

    def short(handler: Handler) -> None:
        span = f"bytes 100000-149999/{len(CONTENT)}"
        handler.reply(206, CONTENT[100_000:150_000], Content_Range=span)

    storage.mishaps[PATH] = [cut(100_000), short]
    assert get(storage, tmp_path) == FACTS
    assert storage.ranges_asked(PATH) == [None, "bytes=100000-", "bytes=150000-"]


def test_a_partial_file_without_a_note_starts_anew(storage: Storage, tmp_path: Path) -> None:
    (tmp_path / "images.bin.partial").write_bytes(b"of something else")
    assert get(storage, tmp_path) == FACTS
    assert storage.ranges_asked(PATH) == [None]


def test_a_whole_partial_file_needs_no_network(storage: Storage, tmp_path: Path) -> None:
    """As a kill between the last byte and the verification leaves it."""
    (tmp_path / "images.bin.partial").write_bytes(CONTENT)
    (tmp_path / "images.bin.partial.json").write_text('{"validator": null, "size": 300000}')
    assert get(storage, tmp_path) == FACTS
    assert storage.asked == []


@pytest.mark.parametrize("code", [429, 500, 502, 503, 504])
def test_a_busy_server_is_asked_again(storage: Storage, tmp_path: Path, code: int) -> None:
    storage.mishaps[PATH] = [status(code), status(code)]
    assert get(storage, tmp_path) == FACTS


@pytest.mark.parametrize(
    ("after", "longest_s", "waited_s"),
    [("0.5", 9, 0.01), ("1", 9, 1), ("600", 0.1, 0.1), ("Wed, 21 Oct 2015 07:28:00 GMT", 9, 0.01)],
)
def test_retry_after_is_heeded_within_bounds(
    storage: Storage,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    after: str,
    longest_s: float,
    waited_s: float,
) -> None:
    storage.mishaps[PATH] = [status(429, Retry_After=after)]
    patience = Patience(attempts=3, timeout_s=20, pause_s=0.01, longest_pause_s=longest_s)
    download(Remote("images.bin", storage.url + PATH, MD5), tmp_path, patience)
    assert f"the server answers 429; again in {waited_s:g} s" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("code", "remedy"),
    [(401, "asks for a login"), (403, "access is refused"), (404, "no such file"), (410, "410")],
)
def test_a_refusal_is_told_at_once(
    storage: Storage, tmp_path: Path, code: int, remedy: str
) -> None:
    storage.mishaps[PATH] = [status(code)]
    told = refusal(storage, tmp_path)
    assert told.startswith(f"{storage.url}{PATH}: the server answers {code}: ") and remedy in told
    assert len(storage.asked) == 1 and names(tmp_path) == set()


def test_a_signature_in_an_address_is_not_told(storage: Storage, tmp_path: Path) -> None:
    remote = Remote("images.bin", f"{storage.url}/gone?signature=secret")
    with pytest.raises(DataError) as error:
        download(remote, tmp_path, QUICK)
    assert "secret" not in str(error.value)


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"is there a network, and the right address\?"):
        download(Remote("images.bin", "http://127.0.0.1:9/x"), tmp_path, QUICK)


@pytest.mark.parametrize("url", ["", "nowhere", "ftp://127.0.0.1/x", "http://"])
def test_what_is_no_address(tmp_path: Path, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(DataError):
        download(Remote("images.bin", url), tmp_path, QUICK)
    assert "again in" not in capsys.readouterr().err


def test_a_circle_of_redirects(
    storage: Storage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    storage.redirects[PATH] = storage.url + PATH
    assert "redirects" in refusal(storage, tmp_path)
    assert "again in" not in capsys.readouterr().err


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
from lesion_pipeline.sources.download import Remote, download
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


def test_a_log_gets_lines_with_amount_and_rate(
    storage: Storage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer: Answer = cut(100_000)
    storage.mishaps[PATH] = [answer]
    get(storage, tmp_path)
    told = capsys.readouterr().err
    assert "images.bin: the connection was cut; again in 0.01 s" in told
    assert "300k/300k" in told and "B/s" in told and "\r" not in told
