"""A file on the server of this machine, and how tests download it."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.sources.collection import SourceFile
from lesion_pipeline.sources.download import download
from lesion_pipeline.sources.transfer import Remote, RetryPolicy
from tests.sources.server import Storage

CONTENT = np.random.default_rng(1).bytes(300_000)
MD5 = hashlib.md5(CONTENT).hexdigest()
FACTS = SourceFile(
    name="images.bin", size=len(CONTENT), md5=MD5, sha256=hashlib.sha256(CONTENT).hexdigest()
)
QUICK = RetryPolicy(attempts=3, timeout_s=20, pause_s=0.01, longest_pause_s=0.05)
PATH = "/storage/images.bin"
COMPANIONS = {"images.bin", "images.bin.json"}


def get(storage: Storage, folder: Path, md5: str | None = MD5) -> SourceFile:
    return download(Remote("images.bin", storage.url + PATH, md5), folder, QUICK)


def refusal(storage: Storage, folder: Path, md5: str | None = MD5) -> str:
    with pytest.raises(DataError) as error:
        get(storage, folder, md5)
    return str(error.value)


def names(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}
