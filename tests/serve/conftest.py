"""A model hub on this machine."""

from collections.abc import Iterator

import pytest
from huggingface_hub import constants

from tests.serve.hub_server import Hub, serve


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)  # large files by Git LFS
    with serve() as server:
        yield server
