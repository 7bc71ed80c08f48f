import asyncio
from collections.abc import Iterable
from typing import Any

import pytest
from starlette.requests import Request

from lesion_pipeline.web.body import PATIENCE, read_body
from lesion_pipeline.web.limits import Limits
from lesion_pipeline.web.request_error import RequestError

LIMITS = Limits(bytes=100, seconds=0.2)


def read(parts: Iterable[bytes], kind: str = "image/jpeg", pause: float = 0) -> tuple[bytes, int]:
    """Read a body that comes in parts; return it, and how many parts were asked for."""
    waiting, asked = list(parts), 0

    async def receive() -> dict[str, Any]:
        nonlocal asked
        await asyncio.sleep(pause)
        if asked == len(waiting):
            return {"type": "http.disconnect"}
        asked += 1
        more = asked < len(waiting) or waiting[-1] == b"cut"
        return {"type": "http.request", "body": waiting[asked - 1], "more_body": more}

    scope = {"type": "http", "headers": [(b"content-type", kind.encode())]}
    try:
        return asyncio.run(read_body(Request(scope, receive), LIMITS)), asked
    except RequestError as error:
        error.asked = asked  # type: ignore[attr-defined]
        raise


def test_the_parts_are_joined() -> None:
    assert read([b"a" * 60, b"b" * 40]) == (b"a" * 60 + b"b" * 40, 2)


@pytest.mark.parametrize(
    ("parts", "kind", "pause", "status", "sentence"),
    [
        ([b"a" * 60, b"b" * 41], "image/png", 0, 413, "expected at most 100 bytes, received more"),
        ([b""], "image/png", 0, 400, "expected an image, received no bytes"),
        ([b"a"], "multipart/form-data; boundary=x", 0, 415, "received a form: send the bytes"),
        ([b"a"] * 9, "", 0.1, 408, "the body did not come within 0.2 seconds"),
        ([b"cut"], "", 0, 400, "the connection ended before the body"),
    ],
)
def test_what_is_no_image_is_refused(
    parts: list[bytes], kind: str, pause: float, status: int, sentence: str
) -> None:
    with pytest.raises(RequestError, match=sentence) as refusal:
        read(parts, kind, pause)
    assert refusal.value.status == status


def test_a_body_without_end_is_not_read_to_the_end() -> None:
    with pytest.raises(RequestError) as refusal:
        read([b"a" * 50] * 1000)
    assert refusal.value.asked == PATIENCE * 2 + 1  # type: ignore[attr-defined]
