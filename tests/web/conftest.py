"""A running server, and the parts that it is made of."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from lesion_pipeline.web.limits import Limits
from lesion_pipeline.web.run import Wanted, load_service
from lesion_pipeline.web.service import Service
from lesion_pipeline.web.wasm_runtime import PACKAGE, VERSION
from tests.browser import browser
from tests.web.served import Served, serving

__all__ = ["browser"]


@pytest.fixture(scope="session")
def index_file(
    bundle_of_diagnoses: Path, records: object, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """An index of the tiny collection's training images."""
    from lesion_pipeline.web.index import make_index

    folder = tmp_path_factory.mktemp("index")
    images = records.folder.parent / "images"  # type: ignore[attr-defined]
    names = sorted(images.iterdir())
    lines = [f"{file.stem},{'mel' if n % 3 else 'nv'},train" for n, file in enumerate(names[:20])]
    table = folder / "split.csv"
    table.write_text("\n".join(["image_id,dx,split", *lines, f"{names[-1].stem},nv,test", ""]))
    target = folder / "index.npz"
    make_index(bundle_of_diagnoses, images, table).save(target)
    return target


@pytest.fixture(scope="session")
def pictures(records: object) -> Path:
    """The images of the tiny collection."""
    return Path(records.folder.parent / "images")  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
def served(bundle_of_diagnoses: Path, index_file: Path, pictures: Path) -> Iterator[Served]:
    """A server of a network that predicts diagnoses, with an index and pictures."""
    with serving(bundle_of_diagnoses, "--similar", index_file, "--pictures", pictures) as server:
        yield server


@pytest.fixture
def service(bundle_of_diagnoses: Path) -> Iterator[Service]:
    """The same without HTTP, for one test."""
    made = load_service(Wanted(bundle_of_diagnoses), Limits())
    yield made
    made.close()


@pytest.fixture(scope="session")
def runtime_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package of the WebAssembly runtime; skips where npm can't fetch it."""
    folder = tmp_path_factory.mktemp("npm")
    npm = shutil.which("npm")
    command = [npm or "", "pack", f"{PACKAGE}@{VERSION}", "--silent", "--pack-destination", folder]
    if npm is None or subprocess.run(command, capture_output=True).returncode:
        pytest.skip(f"NOT TESTED: lesion page, as npm can't fetch {PACKAGE}")
    (archive,) = folder.glob("*.tgz")
    return archive
