import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lesion_pipeline.core.errors import BundleError, DataError, PipelineError
from lesion_pipeline.web.limits import Limits
from lesion_pipeline.web.run import Wanted, program_version, run_server
from tests.web.served import serving
from tests.web.shown_files import photo


@pytest.mark.parametrize(
    ("options", "kind", "text"),
    [
        ({"bundle": Path("nowhere")}, BundleError, "no bundle at nowhere"),
        ({"pictures": Path("nowhere")}, PipelineError, "nowhere: no such folder"),
        ({"similar": Path("nowhere")}, DataError, "nowhere not found: make it with"),
    ],
)
def test_what_is_missing_is_told_at_the_start(
    bundle_folder: Path, options: dict[str, Path], kind: type[Exception], text: str
) -> None:
    wanted = Wanted(**{"bundle": bundle_folder, "port": 0} | options)
    with pytest.raises(kind, match=text):
        run_server(wanted, Limits(), lambda port: None)


def test_an_address_that_is_taken_is_named(bundle_folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PipelineError, match=f"can't listen on 127.0.0.1, port {port}: Addr"):
            run_server(Wanted(bundle_folder, port=port), Limits(), lambda port: None)


def test_it_needs_no_tensorflow() -> None:
    script = "import lesion_pipeline.web.run, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    heavy = {"tensorflow", "keras", "pandas", "sklearn", "scipy", "matplotlib"}
    assert "fastapi" in loaded.stdout.split() and not heavy & set(loaded.stdout.split())


def test_nothing_that_was_sent_is_printed_or_written(bundle_folder: Path, tmp_path: Path) -> None:
    with serving(bundle_folder, folder=tmp_path) as server:
        server.post("/v1/predict?name=SECRET", photo(), **{"X-Name": "SECRET.jpg"})
        server.post("/v1/predict", b"SECRET")
        server.get("/SECRET")
        server.stop()
        assert server.process.stdout is not None and server.process.stderr is not None
        assert "SECRET" not in server.process.stdout.read() + server.process.stderr.read()
    assert not list(tmp_path.iterdir())


def test_it_starts_quickly(bundle_folder: Path) -> None:
    start = time.monotonic()
    with serving(bundle_folder) as server:
        taken = time.monotonic() - start
        assert server.get("/readyz").status_code == 200
    assert taken < 15  # under 2 s on an idle machine; tests share theirs


def test_the_version_is_the_packages() -> None:
    assert program_version()[0].isdigit()
