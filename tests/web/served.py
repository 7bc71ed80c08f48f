"""A real server in a process of its own, as a user starts it."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from tests.code_deps import ROOT
from tests.commands import ENVIRONMENT, LESION


@dataclass
class Served:
    """A server that listens.

    Attributes:
        url: without a slash at its end.
        process: the program.
    """

    url: str
    process: subprocess.Popen[str]

    def post(self, path: str, body: bytes, **headers: str) -> requests.Response:
        return requests.post(self.url + path, body, headers=headers, timeout=60)

    def get(self, path: str, **headers: str) -> requests.Response:
        return requests.get(self.url + path, headers=headers, timeout=60)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)


@contextmanager
def serving(bundle: Path, *options: object, folder: Path = ROOT) -> Iterator[Served]:
    """Run `lesion serve` for the duration of the block; `folder` is also for temporary files."""
    command = [sys.executable, "-c", LESION, "serve", "--bundle", str(bundle), "--port", "0"]
    environment = ENVIRONMENT | {"PYTHONPATH": str(ROOT)}
    if folder != ROOT:
        environment["TMPDIR"] = str(folder)
    with subprocess.Popen(
        [*command, *map(str, options)], cwd=folder, env=environment, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        try:
            assert process.stderr is not None
            line = process.stderr.readline()
            found = re.match(r"(http://[^/ ]+)/", line)
            assert found, line + process.stderr.read()
            process.stderr.readline()  # the disclaimer
            os.set_blocking(process.stderr.fileno(), False)
            yield Served(found[1], process)
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(timeout=60)
