import socket
import time
from contextlib import suppress
from pathlib import Path

import pytest

from lesion_pipeline.web import protocol
from tests.web.served import serving
from tests.web.shown_files import photo


def connect(url: str) -> socket.socket:
    host, port = url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=30)


@pytest.mark.parametrize("sent", [b"", b"GET /healthz HTTP/1.1\r\nHost: loc"])
def test_who_does_not_finish_asking_is_cut_off(bundle_folder: Path, sent: bytes) -> None:
    with serving(bundle_folder) as server, connect(server.url) as slow:
        start = time.monotonic()
        slow.sendall(sent)
        with suppress(ConnectionResetError):
            assert slow.recv(100) == b""
        assert protocol.HEADER_SECONDS - 1 < time.monotonic() - start < 25
        assert server.post("/v1/predict", photo()).status_code == 200


def test_a_slow_body_ends_in_408_and_others_are_answered(bundle_folder: Path) -> None:
    with serving(bundle_folder, "--seconds", 2) as server, connect(server.url) as slow:
        head = b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\n"
        slow.sendall(head + b"x")
        assert server.post("/v1/predict", photo()).status_code == 200
        assert slow.recv(4000).startswith(b"HTTP/1.1 408 ")


def test_what_is_no_http_is_refused(bundle_folder: Path) -> None:
    with serving(bundle_folder) as server:
        for sent in (b"\x16\x03\x01\x02\x00", b"GET / HTTP/9\r\n\r\n", b"A" * 70_000):
            with connect(server.url) as strange:
                strange.sendall(sent + b"\r\n\r\n")
                assert strange.recv(100).startswith(b"HTTP/1.1 400 ")
        assert server.get("/healthz").status_code == 200
