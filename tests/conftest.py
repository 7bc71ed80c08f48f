"""Fixtures of several packages: a small collection, and what the first stages make of one.

Networks are built once for all tests of a worker and changed by none. TensorFlow is imported where
a fixture needs it, so that tests of light modules stay light.
"""

from lesion_pipeline.core import kernels

kernels.choose("portable")  # before numpy; stages that a test starts inherit it

import ctypes
import gc
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from lesion_pipeline.core.labels import DIAGNOSES
from lesion_pipeline.memory import resident
from tests.commands import heed_ctrl_c

if TYPE_CHECKING:
    from lesion_pipeline.features.store import EmbeddingStore
    from lesion_pipeline.networks.network import Network
    from lesion_pipeline.records.tfrecords import Records

heed_ctrl_c()

EXPENSIVE = {  # fixtures that build networks or repositories, or start a server
    "lite0",
    "embeddings",
    "small_network",
    "bundle_folder",
    "bundle_of_diagnoses",
    "undiagnosed_bundle",
    "many_formats",
    "lite0_formats",
    "revisions",
    "s3",
}
MUCH = 64 << 20  # bytes
NOISE_SIZE = (60, 45)  # pixels; the shape of HAM10000's 600 x 450


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the run of the whole pipeline, for which other files would have to wait.

    What needs a network, or a repository with revisions, is slow.
    """
    items.sort(key=lambda item: item.path.name != "test_repro.py")
    for item in items:
        if isinstance(item, pytest.Function) and EXPENSIVE & set(item.fixturenames):
            item.add_marker(pytest.mark.slow)


def pytest_collection_finish() -> None:
    """Exempt imported modules from garbage collection: TensorFlow's take 0.3 s each time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="module", autouse=True)
def memory_given_back() -> Iterator[None]:
    """Return freed memory to the system after each module that took much.

    Compiling graphs takes hundreds of megabytes for a moment. glibc keeps them for the process
    when they are freed, scattered over the heaps of all threads, and the worker only grows.
    """
    before = resident()
    yield
    if resident() - before > MUCH:
        gc.collect()
        ctypes.CDLL("libc.so.6").malloc_trim(0)


@pytest.fixture
def metadata() -> pd.DataFrame:
    """Four lesions of each diagnosis, with one image or two: 42 rows as HAM10000 has them."""
    rows = [
        {
            "lesion_id": f"L_{dx}_{lesion}",
            "image_id": f"I_{dx}_{lesion}_{image}",
            "dx": dx,
            "dx_type": "histo",
            "age": 5.0 * (4 + lesion),
            "sex": ("female", "male")[lesion % 2],
            "localization": ("back", "face")[image],
        }
        for dx in DIAGNOSES
        for lesion in range(4)
        for image in range(1 + lesion % 2)
    ]
    return pd.DataFrame(rows)


@pytest.fixture
def write_noise() -> Callable[[Path, int], None]:
    """Give a function that writes a JPEG of noise: write_noise(file, seed)."""

    def write(file: Path, seed: int) -> None:
        width, height = NOISE_SIZE
        pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(file, "JPEG", quality=90)

    return write


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MiB on which everyone may write; skips where mounting one is not allowed."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m,mode=777", "tmpfs", str(place)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("NOT TESTED: a full disk, as mounting a small one is not permitted")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """The address of an S3 server on this machine."""
    from tests.s3_server import serving

    with serving() as url:
        yield url


@pytest.fixture
def s3(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of an empty bucket on it, for this process and those that it starts."""
    from tests.s3_server import LOGIN, empty

    for name, value in {**LOGIN, "AWS_ENDPOINT_URL": s3_server}.items():
        monkeypatch.setenv(name, value)
    return empty(s3_server)


@pytest.fixture(scope="session")
def records(tmp_path_factory: pytest.TempPathFactory) -> "Records":
    from tests import tiny

    return tiny.make_records(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def lite0() -> "Network":
    from tests import tiny

    return tiny.make_backbone("efficientnet_lite0")


@pytest.fixture(scope="session")
def embeddings(
    lite0: "Network", records: "Records", tmp_path_factory: pytest.TempPathFactory
) -> "EmbeddingStore":
    from tests import tiny

    return tiny.make_embeddings(lite0, records, tmp_path_factory.mktemp("embedded") / "embeddings")


@pytest.fixture(scope="session")
def small_network() -> "Network":
    from tests import tiny

    return tiny.make_backbone("simple_cnn")


@pytest.fixture(scope="session")
def bundle_folder(
    small_network: "Network", records: "Records", tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A bundle of a small network that predicts malignant or not."""
    from tests.tiny_bundle import make_bundle

    folder = tmp_path_factory.mktemp("binary")
    return make_bundle(small_network, records, folder, formats=("keras", "tflite"))


@pytest.fixture(scope="session")
def undiagnosed_records(tmp_path_factory: pytest.TempPathFactory) -> "Records":
    """The same images, labelled benign and malignant only."""
    from tests import tiny

    return tiny.make_records(tmp_path_factory.mktemp("undiagnosed"), diagnoses=False)


@pytest.fixture(scope="session")
def undiagnosed_bundle(
    small_network: "Network",
    undiagnosed_records: "Records",
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A bundle of a collection without diagnoses."""
    from tests.tiny_bundle import make_bundle

    return make_bundle(small_network, undiagnosed_records, tmp_path_factory.mktemp("undiagnosed"))


@pytest.fixture(scope="session")
def bundle_of_diagnoses(
    small_network: "Network", records: "Records", tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A bundle of a small network that predicts the seven diagnoses, averaged over four copies."""
    from tests.tiny_bundle import make_bundle

    folder = tmp_path_factory.mktemp("seven")
    return make_bundle(small_network, records, folder, "diagnosis", 4, ("keras", "tflite"))


@pytest.fixture(scope="session")
def many_formats(
    bundle_of_diagnoses: Path, records: "Records", tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The same with all formats; its manifest still lists only those of the other."""
    from lesion_pipeline.bundle.formats import FORMATS
    from tests.tiny_bundle import make_formats

    folder = tmp_path_factory.mktemp("formats") / "bundle"
    shutil.copytree(bundle_of_diagnoses, folder)
    make_formats(folder, records, tuple(name for name in FORMATS if name != "keras"))
    return folder


@pytest.fixture(scope="session")
def lite0_formats(
    lite0: "Network", records: "Records", tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A bundle of a deeper network that predicts malignant or not, in the fast formats."""
    from tests.tiny_bundle import make_bundle

    folder = tmp_path_factory.mktemp("lite0_formats")
    return make_bundle(lite0, records, folder, formats=("keras", "tflite", "onnx"))
