"""A web server on this machine that speaks the protocol of a storage, with its bad days."""

import hashlib
import select
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[["Handler"], None]


@dataclass
class Storage:
    """What the server has, how it behaves, and what it was asked.

    Attributes:
        files: content by path, without the query.
        redirects: path: where it is really.
        routes: path: what answers instead.
        mishaps: path: what happens to the first, second ... request for it, instead of an answer.
        ranges: whether parts are served; otherwise every answer is the whole.
        validator: etag, date or none: what tells one state of a file from another.
        sized: whether Content-Length is told; if not, the content comes in chunks.
        asked: method, path with query, and Range header of each request.
    """

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    routes: dict[str, Answer] = field(default_factory=dict)
    mishaps: dict[str, list[Answer]] = field(default_factory=dict)
    ranges: bool = True
    validator: str = "etag"
    sized: bool = True
    pause_s: float = 0.0
    asked: list[tuple[str, str, str | None]] = field(default_factory=list)

    def ranges_asked(self, path: str) -> list[str | None]:
        return [span for _, asked, span in self.asked if asked.split("?")[0] == path]


class Handler(BaseHTTPRequestHandler):
    """Answer from the Storage that the server holds."""

    protocol_version = "HTTP/1.1"
    server: Any

    def do_GET(self) -> None:
        storage: Storage = self.server.storage
        path = self.path.split("?")[0]
        storage.asked.append((self.command, self.path, self.headers["Range"]))
        self.body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        mishaps = storage.mishaps.get(path, [])
        if mishaps:
            mishaps.pop(0)(self)
        elif path in storage.routes:
            storage.routes[path](self)
        elif path in storage.redirects:
            self.reply(302, b"", Location=storage.redirects[path])
        elif path in storage.files:
            self.send_file(storage.files[path])
        else:
            self.reply(404, b"nothing here")

    do_POST = do_GET  # noqa: N815

    def reply(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def send_file(self, content: bytes, stop_after: int | None = None) -> None:
        """Answer with a file, or the part of it that is asked for; break off after some bytes."""
        storage: Storage = self.server.storage
        tag = f'"{hashlib.md5(content).hexdigest()}"'
        date = formatdate(zlib.crc32(content), usegmt=True)
        start = self.first_byte(content, (None, tag, date))
        if start >= len(content) > 0:
            self.reply(416, Content_Range=f"bytes */{len(content)}")
            return
        part = content[start:]
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        if storage.validator == "etag":
            self.send_header("ETag", tag)
        elif storage.validator == "date":
            self.send_header("Last-Modified", date)
        if storage.sized:
            self.send_header("Content-Length", str(len(part)))
        else:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.send_body(part[:stop_after])
        if stop_after is not None:
            self.close_connection = True
        elif not storage.sized:
            self.wfile.write(b"0\r\n\r\n")

    def first_byte(self, content: bytes, current: tuple[str | None, ...]) -> int:
        """Read Range and If-Range as RFC 9110 asks for."""
        asked = self.headers["Range"]
        if not asked or not self.server.storage.ranges or self.headers["If-Range"] not in current:
            return 0
        return int(asked.removeprefix("bytes=").rstrip("-"))

    def send_body(self, part: bytes) -> None:
        storage: Storage = self.server.storage
        for place in range(0, len(part), 4096):
            piece = part[place : place + 4096]
            self.wfile.write(piece if storage.sized else b"%x\r\n%s\r\n" % (len(piece), piece))
            time.sleep(storage.pause_s)

    def log_message(self, *_: object) -> None:
        pass


def status(code: int, **headers: str) -> Answer:
    return lambda handler: handler.reply(code, b"no", **headers)


def cut(after: int) -> Answer:
    """Send some bytes of the file and hang up."""

    def answer(handler: Handler) -> None:
        content = handler.server.storage.files[handler.path.split("?")[0]]
        handler.send_file(content, stop_after=after)

    return answer


def silence(after: int, seconds: float) -> Answer:
    """Send some bytes of the file, then nothing for a while."""

    def answer(handler: Handler) -> None:
        cut(after)(handler)
        handler.wfile.flush()
        until = time.monotonic() + seconds
        while time.monotonic() < until and not _hung_up(handler):
            time.sleep(0.02)

    return answer


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Say nothing: clients are killed and give up here."""


def _hung_up(handler: Handler) -> bool:
    readable, _, _ = select.select([handler.connection], [], [], 0)
    return bool(readable)


@contextmanager
def serving() -> Iterator[Storage]:
    """Run a server for the length of a block."""
    server: Any = _Server(("127.0.0.1", 0), Handler)
    server.storage = Storage(url=f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server.storage
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
