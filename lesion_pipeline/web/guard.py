"""Around every request: whom it is for, where it comes from, and what goes out in any case."""

import json
import sys
import time
from typing import Any, Final
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lesion_pipeline.web.counters import Counters
from lesion_pipeline.web.request_error import RequestError

LOCAL: Final = frozenset({"127.0.0.1", "localhost", "::1"})
# The page loads nothing from elsewhere, and nothing else may show it in a frame; pictures that the
# user has dropped and heat maps are blobs.
POLICY: Final = (
    "default-src 'self'; img-src 'self' blob:; object-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
HEADERS: Final = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    (b"cache-control", b"no-store"),
)


class Guard:
    """The outermost application.

    It refuses requests for a host name that isn't this server's (a page elsewhere can have its name
    resolve to 127.0.0.1, and would then be taken for ours) and requests that another site's page
    sends. An error that nobody foresaw is answered without its details.
    """

    def __init__(self, app: ASGIApp, names: frozenset[str], counters: Counters) -> None:
        """Guard `app`, which is called by `names`, host names or addresses without a port."""
        self._app, self._names, self._counters = app, names, counters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start, status = time.monotonic(), 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                own = {name for name, _ in message["headers"]}
                message["headers"] += [pair for pair in HEADERS if pair[0] not in own]
            await send(message)

        try:
            self._check(scope)
            await self._app(scope, receive, sending)
        except RequestError as refusal:
            await answer_problem(sending, refusal)
        except Exception as error:
            print(f"error: {type(error).__name__} while answering", file=sys.stderr)
            if not status:
                await answer_problem(sending, RequestError(500, "an error of this server"))
        finally:
            route = getattr(scope.get("route"), "path", None)
            self._counters.add(route, status, time.monotonic() - start)

    def _check(self, scope: Scope) -> None:
        headers = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1")
        if _name(host) not in self._names:
            raise RequestError(421, "this server is not called by that name: see --allow-host")
        origin = headers.get(b"origin")
        if origin is not None and urlsplit(origin.decode("latin-1")).netloc != host:
            raise RequestError(403, "a page of another site sent this request")


def _name(host: str) -> str:
    """Return the name in a Host header, without a port; "" if it is none."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


async def answer_problem(send: Any, refusal: RequestError) -> None:
    """Send a refusal as JSON."""
    body = json.dumps({"error": str(refusal)}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    headers += [(name.lower().encode(), each.encode()) for name, each in refusal.headers.items()]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
