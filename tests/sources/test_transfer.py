"""The bytes of a file come over any network and from any server, or there is a clear error."""

import hashlib
import json
import time
from pathlib import Path

import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.sources.download import download
from lesion_pipeline.sources.transfer import Remote, RetryPolicy
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
from tests.sources.server import Answer, Handler, Storage, cut, silence, status

pytestmark = pytest.mark.usefixtures("served")


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
    retry = RetryPolicy(attempts=50, timeout_s=0.4, pause_s=0.01, longest_pause_s=0.05)
    started = time.monotonic()
    assert download(Remote("images.bin", storage.url + PATH, MD5), tmp_path, retry) == FACTS
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
    retry = RetryPolicy(attempts=3, timeout_s=20, pause_s=0.01, longest_pause_s=longest_s)
    download(Remote("images.bin", storage.url + PATH, MD5), tmp_path, retry)
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


def test_a_log_gets_lines_with_amount_and_rate(
    storage: Storage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer: Answer = cut(100_000)
    storage.mishaps[PATH] = [answer]
    get(storage, tmp_path)
    told = capsys.readouterr().err
    assert "images.bin: the connection was cut; again in 0.01 s" in told
    assert "300k/300k" in told and "B/s" in told and "\r" not in told
