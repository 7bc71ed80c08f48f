"""The runtime that runs a network in a browser: three files of the npm package onnxruntime-web.

They have 14 MB, so they aren't in this repository; npm fetches them when a page is made, at a fixed
version whose hash is checked.
"""

import base64
import hashlib
import shutil
import subprocess
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from lesion_pipeline.core.errors import PipelineError, first_line

PACKAGE: Final = "onnxruntime-web"
VERSION: Final = "1.30.0"
LICENCE: Final = "MIT, Copyright (c) Microsoft Corporation"
INTEGRITY: Final = (  # SHA-512 of the package's file, as npm's lock files have it
    "q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ=="
)
FILES: Final = (
    "ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm",
)  # fmt: skip


def runtime_files(archive: Path | None = None) -> dict[str, bytes]:
    """Return the files by name.

    Args:
        archive: the package's file, from an earlier `npm pack`; None: npm fetches it.

    Raises:
        PipelineError: npm isn't there or fails; the file is another one than it must be.
    """
    with TemporaryDirectory() as folder:
        file = archive or _packed(Path(folder))
        try:
            content = file.read_bytes()
        except OSError as error:
            raise PipelineError(f"{file}: {error.strerror}") from None
        if base64.b64encode(hashlib.sha512(content).digest()).decode() != INTEGRITY:
            raise PipelineError(f"{file} isn't {PACKAGE} {VERSION}: its SHA-512 differs")
        with tarfile.open(file) as package:
            return {name: _member(package, f"package/dist/{name}") for name in FILES}


def _packed(folder: Path) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        raise PipelineError(
            f"npm isn't installed: make {PACKAGE}-{VERSION}.tgz elsewhere with "
            f"`npm pack {PACKAGE}@{VERSION}`, and name it by --runtime"
        )
    command = [npm, "pack", f"{PACKAGE}@{VERSION}", "--silent", "--pack-destination", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    found = list(folder.glob("*.tgz"))
    if done.returncode or len(found) != 1:
        reason = first_line(RuntimeError(done.stderr or "no file"))
        raise PipelineError(f"npm could not fetch {PACKAGE} {VERSION}: {reason}")
    return found[0]


def _member(package: tarfile.TarFile, name: str) -> bytes:
    found = package.extractfile(name)
    if found is None:
        raise PipelineError(f"{PACKAGE} {VERSION} has no {name}")
    return found.read()
