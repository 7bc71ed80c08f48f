"""A model hub on this machine, and a folder of images."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import constants

from tests.serve.hub_server import Hub, serve
from tests.serve.pictures import draw_three


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)  # large files by Git LFS
    with serve() as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three images."""
    return draw_three(tmp_path / "images")
