import asyncio
import json
from typing import Any

import pytest

from lesion_pipeline.web.counters import Counters
from lesion_pipeline.web.guard import LOCAL, Guard
from lesion_pipeline.web.request_error import RequestError


def answer(headers: dict[str, str], error: Exception | None = None) -> tuple[int, dict, bytes]:
    """Ask a guarded application that answers 200, or raises."""

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        if error:
            raise error
        kind = [(b"cache-control", b"no-cache")]
        await send({"type": "http.response.start", "status": 200, "headers": kind})
        await send({"type": "http.response.body", "body": b"fine"})

    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    listed = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    scope = {"type": "http", "headers": listed}
    guard = Guard(inner, LOCAL | {"farm"}, Counters())
    asyncio.run(guard(scope, None, send))  # type: ignore[arg-type]
    found = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], found, sent[1]["body"]


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "[::1]:80", "FARM:1", "farm"])
def test_it_answers_to_its_own_names(host: str) -> None:
    assert answer({"host": host})[::2] == (200, b"fine")


@pytest.mark.parametrize("host", ["evil.example", "", "127.0.0.1.evil.example", "[::1", "\xff"])
def test_it_answers_to_no_other_name(host: str) -> None:
    status, _, body = answer({"host": host})
    assert status == 421 and "--allow-host" in json.loads(body)["error"]
    assert "evil" not in body.decode()


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://localhost:8000", 200), ("https://localhost:8000", 200),
        ("http://localhost:9000", 403), ("http://evil.example", 403), ("null", 403), ("", 403),
    ],
)  # fmt: skip
def test_pages_of_other_sites_are_refused(origin: str, status: int) -> None:
    assert answer({"host": "localhost:8000", "origin": origin})[0] == status


def test_every_answer_has_the_headers_that_confine_a_page() -> None:
    for headers in ({"host": "localhost"}, {"host": "evil"}):
        found = answer(headers)[1]
        assert found["content-security-policy"].startswith("default-src 'self'; ")
        assert found["x-content-type-options"] == "nosniff"
    assert answer({"host": "localhost"})[1]["cache-control"] == "no-cache"  # its own


def test_an_unforeseen_error_shows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, body = answer({"host": "localhost"}, ValueError("/home/secret.jpg"))
    assert (status, json.loads(body)) == (500, {"error": "an error of this server"})
    assert capsys.readouterr().err == "error: ValueError while answering\n"
    assert answer({"host": "localhost"}, RequestError(413, "long"))[0] == 413
