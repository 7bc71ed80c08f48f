"""An S3 server on this machine: moto's, in a process of its own, with its data in memory."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

import fsspec

BUCKET = "lesions"
PATIENCE = 60  # seconds


@contextmanager
def serving() -> Iterator[str]:
    """Start the server; yield its address."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ | LOGIN
    ) as server:
        try:
            deadline = time.monotonic() + PATIENCE
            while not _answers(url):
                assert server.poll() is None and time.monotonic() < deadline
                time.sleep(0.05)
            yield url
        finally:
            server.kill()


# What a user sets, but for AWS_ENDPOINT_URL.
LOGIN = {
    "AWS_ACCESS_KEY_ID": "someone",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


def _answers(url: str) -> bool:
    try:
        urlopen(f"{url}/moto-api/").close()
    except (URLError, ConnectionError):
        return False
    return True


def empty(url: str) -> str:
    """Remove everything from the server, and make one bucket; return its address."""
    require_login(url, False)
    urlopen(Request(f"{url}/moto-api/reset", method="POST")).close()
    storage().mkdir(BUCKET)
    return f"s3://{BUCKET}"


def require_login(url: str, required: bool) -> None:
    """Refuse from now on whoever is unknown, which is everybody, or stop doing so."""
    count = b"0" if required else b"inf"
    headers = {"Content-Type": "text/plain"}
    urlopen(Request(f"{url}/moto-api/reset-auth", count, headers, method="POST")).close()


def storage() -> fsspec.AbstractFileSystem:
    """Return the storage, the same for all tests of a worker: making one takes half a second."""
    return fsspec.filesystem("s3")


def forget_login() -> None:
    """Let the next use of the storage read the environment again."""
    fsspec.get_filesystem_class("s3").clear_instance_cache()


def put(folder: Path, address: str) -> str:
    """Copy a folder to an address, and return the address."""
    store = storage()
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            store.pipe_file(f"{address}/{file.relative_to(folder).as_posix()}", file.read_bytes())
    return address
