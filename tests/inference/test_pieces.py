"""A trained network run as the pieces that training used."""

from pathlib import Path

import numpy as np
import pytest

from lesion_pipeline.features.cut import part_before
from lesion_pipeline.features.manifest import EmbeddingManifest
from lesion_pipeline.features.store import EmbeddingStore
from lesion_pipeline.inference.pieces import Pieces, untouched_up_to
from lesion_pipeline.networks.manifest import BestEpoch
from lesion_pipeline.networks.network import Network, TrainedNetwork
from lesion_pipeline.networks.params import Cut
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.training.checkpoint import Checkpoint
from lesion_pipeline.training.head import assemble
from lesion_pipeline.training.single import train_one
from tests import tiny

pytestmark = pytest.mark.slow


def best(phase: str) -> BestEpoch:
    return BestEpoch(epoch=1, phase=phase, val_roc_auc=0.75, val_pr_auc=0.5)


@pytest.mark.parametrize(
    ("phase", "cut", "wanted"),
    [
        ("head", "top", "top"),
        ("after_cut", 4, 4),
        ("whole", "input", "input"),
        ("fine_tune", "top", "input"),
        ("fine_tune", 4, "input"),
        ("start", "top", "top"),
        ("start", "input", "input"),
    ],
)
def test_what_was_frozen_is_untouched_unless_the_whole_was_tuned(
    phase: str, cut: Cut, wanted: Cut
) -> None:
    assert untouched_up_to(tiny.make_manifest(cut=cut, best=best(phase))) == wanted


@pytest.mark.parametrize(
    ("cut", "phase"), [("top", "head"), ("top", "fine_tune"), (4, "after_cut")]
)
def test_the_pieces_are_the_whole(lite0: Network, records: Records, cut: Cut, phase: str) -> None:
    stored = EmbeddingManifest(
        cut=cut, features="multilevel", shape=(1,), augmentations=0, augment=tiny.AUGMENT
    )
    model = assemble(lite0, stored, tiny.TRAIN.head, tiny.make_objective("diagnosis"))
    images = np.stack(list(records.images("val").as_numpy_iterator()))
    wanted = model(images, training=False).numpy()
    facts = dict(lite0.manifest) | {"cut": cut, "best": best(phase)}
    pieces = Pieces(TrainedNetwork(model, tiny.make_manifest(**facts)), workers=2)
    found = pieces.from_images([images[:7], images[7:]])
    np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_components_of_stored_features_and_of_images_are_the_same(
    lite0: Network, records: Records, tmp_path: Path
) -> None:
    """Of a network trained on them, and of its layers in one piece."""
    params = tiny.EMBED.model_copy(update={"components": 9})
    store = tiny.embedded(lite0, records, tmp_path / "embeddings", params)
    network, _ = train_one(
        tiny.make_plan(lite0, records, store), tmp_path / "logs", Checkpoint(tmp_path / "u/state")
    )
    assert network.manifest.components == 9
    images, stored = np.stack(list(records.images("val").as_numpy_iterator())), store.load("val")
    layer = part_before(network.model, network, "top")
    np.testing.assert_allclose(layer(images).numpy(), stored, rtol=0, atol=1e-4)
    pieces, whole = Pieces(network, workers=2), network.model(images, training=False).numpy()
    found = pieces.from_stored([stored[:4], stored[4:]])
    np.testing.assert_allclose(found, pieces.from_images([images]), atol=1e-6)
    np.testing.assert_allclose(found, whole, atol=1e-4)
    assert np.ptp(found, axis=0).max() > 0.01


def test_what_is_stored_gives_the_same_bytes_as_the_images(
    lite0: Network, records: Records, embeddings: EmbeddingStore
) -> None:
    pieces = Pieces(tiny.make_untrained(lite0), workers=2)
    images = np.stack(list(records.images("val").as_numpy_iterator()))
    stored = embeddings.load("val")
    found, wanted = pieces.from_images([images]), pieces.from_stored([stored[:4], stored[4:]])
    np.testing.assert_allclose(found, wanted, atol=1e-6)
