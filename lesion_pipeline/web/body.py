"""The body of a request, which is an image and nothing around it."""

import asyncio
from typing import Final

from starlette.requests import ClientDisconnect, Request

from lesion_pipeline.web.limits import Limits
from lesion_pipeline.web.request_error import RequestError

# What follows of a body that is too long is read and thrown away up to this many times the limit,
# so that a well-meant client gets the answer instead of a broken connection.
PATIENCE: Final = 4
CLOSE: Final = {"Connection": "close"}
HOW: Final = "send the bytes of one JPEG or PNG file as the body, without a form around them"


async def read_body(request: Request, limits: Limits) -> bytes:
    """Read the whole body.

    Raises:
        RequestError: 413, it has more than `limits.bytes`; 415, it is a form; 408, it did not come
            within `limits.seconds`; 400, it is empty or the client went away.
    """
    kind = request.headers.get("content-type", "").lower()
    if kind.startswith("multipart/"):
        raise RequestError(415, f"expected an image, received a form: {HOW}", CLOSE)
    try:
        async with asyncio.timeout(limits.seconds):
            content = await _received(request, limits.bytes)
    except TimeoutError:
        raise RequestError(
            408, f"the body did not come within {limits.seconds:g} seconds", CLOSE
        ) from None
    except ClientDisconnect:
        raise RequestError(400, "the connection ended before the body", CLOSE) from None
    if not content:
        raise RequestError(400, f"expected an image, received no bytes: {HOW}")
    return content


async def _received(request: Request, most: int) -> bytes:
    content, size = bytearray(), 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            content.clear()
        else:
            content += part
        if size > PATIENCE * most:
            break
    if size > most:
        raise RequestError(413, f"expected at most {most:,} bytes, received more", CLOSE)
    return bytes(content)
