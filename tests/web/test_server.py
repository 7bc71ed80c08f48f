import socket
import time
from pathlib import Path

import pytest

from lesion_pipeline.core.errors import PipelineError
from lesion_pipeline.web.server import bind
from tests.web.served import Served, serving
from tests.web.shown_files import photo

PATIENCE = 30  # seconds


def begin(server: Served, content: bytes, sent: int) -> socket.socket:
    """Begin a prediction: the head, and some bytes of the body; return when it is under way."""
    host, port = server.url.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)), timeout=PATIENCE)
    head = f"POST /v1/predict HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(content)}\r\n\r\n"
    connection.sendall(head.encode() + content[:sent])
    end = time.monotonic() + PATIENCE
    while "requests_under_way 1" not in server.get("/metrics").text:
        assert time.monotonic() < end
        time.sleep(0.01)
    return connection


def test_a_port_of_its_own_and_one_that_is_wrong() -> None:
    with bind("127.0.0.1", 0) as taken:
        assert taken.getsockname()[1] > 0
    with pytest.raises(PipelineError, match=r"can't listen on 127\.0\.0\.1, port 99999: "):
        bind("127.0.0.1", 99999)
    with pytest.raises(PipelineError, match=r"can't listen on 203\.0\.113\.7, port 0: "):
        bind("203.0.113.7", 0)


def test_sigterm_finishes_what_is_under_way(bundle_folder: Path) -> None:
    content = photo()
    with serving(bundle_folder) as server, begin(server, content, 100) as slow:
        server.process.terminate()
        time.sleep(1)
        with pytest.raises(OSError):
            server.get("/healthz")  # nothing new is taken
        slow.sendall(content[100:])
        assert slow.recv(4000).startswith(b"HTTP/1.1 200 ")
        assert server.process.wait(PATIENCE) == 0


def test_who_finds_no_place_is_told_to_come_back(bundle_folder: Path) -> None:
    with serving(bundle_folder, "--max-requests", 1) as server:
        with begin(server, photo(), 1):
            refused = server.post("/v1/predict", photo())
            assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
        end = time.monotonic() + PATIENCE
        while server.post("/v1/predict", photo()).status_code != 200:
            assert time.monotonic() < end
            time.sleep(0.05)
