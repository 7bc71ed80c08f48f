"""The card, and the readers, of a bundle whose network takes vectors."""

import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from lesion_pipeline.bundle.card.files import use_section
from lesion_pipeline.bundle.card.headline import headline
from lesion_pipeline.bundle.card.network import network_section
from lesion_pipeline.bundle.manifest import BundleManifest, read_manifest, write_manifest
from lesion_pipeline.core.errors import BundleError
from lesion_pipeline.explanation.files import load_explainer
from lesion_pipeline.networks.archive import save_network
from lesion_pipeline.networks.manifest import VectorSource
from lesion_pipeline.serve.load import load_bundle
from lesion_pipeline.tf.load import keras
from lesion_pipeline.training.head import build_head
from tests.tiny import TRAIN

pytestmark = pytest.mark.slow

SOURCE = VectorSource(file="made.npz", sha256="0" * 64, dims=5)


@pytest.fixture
def of_vectors(bundle_folder: Path, tmp_path: Path) -> Path:
    """A bundle whose manifest tells of vectors, with a network that takes them."""
    folder = Path(shutil.copytree(bundle_folder, tmp_path / "bundle"))
    manifest = read_manifest(folder)
    network = manifest.network.model_copy(update={"vectors": SOURCE})
    write_manifest(folder, manifest.model_copy(update={"network": network}))
    keras.utils.set_random_seed(1)
    save_network(build_head(SOURCE.dims, TRAIN.head, "binary"), folder / "model.keras")
    return folder


@pytest.fixture
def manifest(of_vectors: Path) -> BundleManifest:
    return read_manifest(of_vectors)


def test_the_card_tells_what_the_bundle_does_not_hold(manifest: BundleManifest) -> None:
    for text in (headline(manifest), use_section(manifest)):
        assert "**It takes vectors of 5 numbers, not images.** They were made elsewhere" in text
    assert f"- features: made.npz, 5 numbers for each image, sha256 {'0' * 64}" in network_section(
        manifest.network, 1
    )


def test_the_code_of_the_card_predicts_a_vector(
    of_vectors: Path, manifest: BundleManifest, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    vector = np.random.default_rng(1).normal(size=SOURCE.dims).astype(np.float32)
    np.save(of_vectors / "vector.npy", vector)
    (code,) = re.findall("(?s)```python\n(.*?)```", use_section(manifest))
    monkeypatch.chdir(of_vectors)
    exec(code, {})
    printed = float(capsys.readouterr().out.split()[-2])
    network = keras.models.load_model(of_vectors / "model.keras", compile=False)
    assert printed == pytest.approx(float(network(vector[None])[0, 0]), abs=1e-6)


@pytest.mark.parametrize("load", [load_bundle, load_explainer])
def test_what_takes_images_refuses_it(load, of_vectors: Path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(BundleError) as caught:
        load(of_vectors)
    assert str(caught.value) == (
        f"{of_vectors}: its network takes vectors of 5 numbers, not images, and what computes them "
        "(made.npz) is no part of the bundle; MODEL_CARD.md has code that predicts a vector"
    )
