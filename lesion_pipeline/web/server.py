"""Listen, answer until a signal comes, finish what is under way."""

import signal
import socket
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from lesion_pipeline.core.errors import PipelineError
from lesion_pipeline.web.protocol import PunctualProtocol

CONNECTIONS: Final = 512  # at a time; one more is refused before its request is read
HEADER_BYTES: Final = 16 << 10  # of a request's head


def bind(host: str, port: int) -> socket.socket:
    """Return a socket that has an address and doesn't listen yet, before anything slow is done.

    Args:
        host: address or name.
        port: 0: any that is free.

    Raises:
        PipelineError: it is in use or not allowed; names it.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    taken = socket.socket(family, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((host, port))
    except (OSError, OverflowError) as error:
        taken.close()
        reason = getattr(error, "strerror", None) or error
        raise PipelineError(f"can't listen on {host}, port {port}: {reason}") from None
    return taken


def serve(app: ASGIApp, listening: socket.socket, seconds: float) -> None:
    """Answer until SIGTERM or SIGINT, then finish what is under way.

    There is no log of requests, and nothing that a client sent is printed.

    Args:
        app: the application.
        listening: from `bind`; it may listen already.
        seconds: for what is under way when the signal comes.
    """
    config = uvicorn.Config(
        app, http=PunctualProtocol, ws="none", loop="asyncio", lifespan="on",
        access_log=False, log_config=None, log_level="critical",
        server_header=False, proxy_headers=False,
        limit_concurrency=CONNECTIONS, h11_max_incomplete_event_size=HEADER_BYTES,
        timeout_graceful_shutdown=int(seconds) + 1,
    )  # fmt: skip
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _ended)  # uvicorn raises it once more when all is finished
    uvicorn.Server(config).run(sockets=[listening])


def _ended(number: int, frame: object) -> None:
    """Do nothing: a signal is how this program ends."""
