"""The real package `kaggle` against a server on this machine."""

import base64
import hashlib
import json
from pathlib import Path

import pytest
from kaggle.api.kaggle_api_extended import KaggleApi
from kagglesdk import kaggle_env

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.sources.kaggle import kaggle
from lesion_pipeline.sources.transfer import RetryPolicy
from tests.sources.server import Handler, Storage, cut, status
from tests.sources.sources import KAGGLE_STORAGE, Files, serve_kaggle

QUICK = RetryPolicy(attempts=2, timeout_s=20, pause_s=0.01)
SERVICE = "/v1/datasets.DatasetApiService"


@pytest.fixture(autouse=True)
def server(
    storage: Storage, collection: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Storage:
    """Kaggle's servers, and a home without credentials. The package has no setting for them."""
    serve_kaggle(storage, collection)
    endpoints = kaggle_env._env_to_endpoint
    monkeypatch.setitem(endpoints, kaggle_env.KaggleEnv.PROD, storage.url)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(KaggleApi, "config", str(tmp_path / ".kaggle/kaggle.json"))
    for name in ("KAGGLE_API_TOKEN", "KAGGLE_USERNAME", "KAGGLE_KEY"):
        monkeypatch.delenv(name, raising=False)
    return storage


def give(way: str, home: Path, monkeypatch: pytest.MonkeyPatch, secret: str = "") -> None:
    """Give credentials in one of the ways that Kaggle knows."""
    token, key = secret or "good", secret or "key"
    (home / ".kaggle").mkdir(exist_ok=True)
    if way == "token":
        monkeypatch.setenv("KAGGLE_API_TOKEN", token)
    elif way == "token file":
        (home / ".kaggle/access_token").write_text(token)
    elif way == "key":
        monkeypatch.setenv("KAGGLE_USERNAME", "someone")
        monkeypatch.setenv("KAGGLE_KEY", key)
    else:
        (home / ".kaggle/kaggle.json").write_text(json.dumps({"username": "someone", "key": key}))
        (home / ".kaggle/kaggle.json").chmod(0o600)


WAYS = ["token", "token file", "key", "key file"]


@pytest.mark.parametrize("way", WAYS)
def test_any_credentials_do(
    way: str, server: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(way, tmp_path, monkeypatch)
    delivery = kaggle(tmp_path / "downloads", QUICK)
    (archive,) = delivery.sources
    assert archive.read_bytes() == server.files[KAGGLE_STORAGE]
    attribution = delivery.attribution
    assert (attribution.version, attribution.date) == ("2", "2018-09-20")
    assert attribution.licence.startswith(
        "CC BY-NC-SA 4.0, as Kaggle states; CC BY-NC 4.0 in the orig"
    )
    assert attribution.files[0].sha256 == hashlib.sha256(archive.read_bytes()).hexdigest()


def test_without_credentials_the_error_tells_how_to_get_some(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(DataError) as error:
        kaggle(tmp_path / "downloads", QUICK)
    told = str(error.value)
    assert told.startswith("there are no valid credentials for Kaggle. ")
    for hint in ("KAGGLE_API_TOKEN", "KAGGLE_USERNAME", "kaggle.json", "fetch.source=dataverse"):
        assert hint in told
    assert "Authentication required" not in "".join(capsys.readouterr())


@pytest.mark.parametrize("way", WAYS)
def test_wrong_credentials(way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    give(way, tmp_path, monkeypatch, "wrong")
    with pytest.raises(DataError, match=r"credentials.*KAGGLE_API_TOKEN"):
        kaggle(tmp_path / "downloads", QUICK)


def test_it_goes_on_where_it_broke_off(
    server: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    give("token", tmp_path, monkeypatch)
    server.mishaps[KAGGLE_STORAGE] = [cut(0), cut(10_000), status(503)]
    kaggle(tmp_path / "downloads", QUICK)
    assert server.ranges_asked(KAGGLE_STORAGE) == [None, None, "bytes=10000-", "bytes=10000-"]


def test_a_second_run_needs_neither_network_nor_credentials(
    server: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    give("token", tmp_path, monkeypatch)
    first = kaggle(tmp_path / "downloads", QUICK)
    monkeypatch.delenv("KAGGLE_API_TOKEN")
    server.asked.clear()
    assert kaggle(tmp_path / "downloads", QUICK) == first
    assert server.asked == []


def test_a_description_that_lacks_a_key_is_refused_by_its_name(
    server: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    give("token", tmp_path, monkeypatch)
    kaggle(tmp_path / "downloads", QUICK)
    (tmp_path / "downloads/kaggle-2/dataset.json").write_text('{"licence": "CC0"}')
    with pytest.raises(DataError, match=r"dataset\.json: date: Field required"):
        kaggle(tmp_path / "downloads", QUICK)


def test_the_checksum_of_the_storage_is_heeded(
    server: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    give("token", tmp_path, monkeypatch)
    digest = base64.b64encode(hashlib.md5(b"something else").digest()).decode()

    def with_hash(handler: Handler) -> None:
        handler.reply(200, b"", x_goog_hash=f"crc32c=n03x6A==,md5={digest}")

    server.mishaps[KAGGLE_STORAGE] = [with_hash]
    with pytest.raises(
        DataError, match=f"expected MD5 {hashlib.md5(b'something else').hexdigest()}"
    ):
        kaggle(tmp_path / "downloads", QUICK)


@pytest.mark.parametrize(
    ("code", "problem"),
    [(403, r"refuses the credentials \(403\)\. Kaggle needs an account"), (404, "answers 404")],
)
def test_a_refusal_is_told_in_plain_words(
    code: int,
    problem: str,
    server: Storage,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    give("key", tmp_path, monkeypatch)
    server.routes[f"{SERVICE}/DownloadDataset"] = status(code)
    with pytest.raises(DataError, match=problem):
        kaggle(tmp_path / "downloads", QUICK)


def test_a_busy_kaggle_is_asked_again(
    server: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    give("key", tmp_path, monkeypatch)
    server.mishaps[f"{SERVICE}/GetDataset"] = [status(429, Retry_After="0.1"), status(503)]
    assert kaggle(tmp_path / "downloads", QUICK).sources


def test_a_kaggle_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    give("key", tmp_path, monkeypatch)
    monkeypatch.setattr("lesion_pipeline.sources.kaggle._TRIES", 1)
    nowhere = "http://127.0.0.1:9"
    monkeypatch.setitem(kaggle_env._env_to_endpoint, kaggle_env.KaggleEnv.PROD, nowhere)
    with pytest.raises(DataError, match=r"Kaggle can't be reached \(ConnectionError\)"):
        kaggle(tmp_path / "downloads", QUICK)
