"""A trained network run as the pieces that training used."""

import numpy as np
import pytest

from lesion_pipeline.features.manifest import EmbeddingManifest
from lesion_pipeline.features.store import EmbeddingStore
from lesion_pipeline.inference.pieces import Pieces, untouched_up_to
from lesion_pipeline.networks.manifest import BestEpoch
from lesion_pipeline.networks.network import Network, TrainedNetwork
from lesion_pipeline.networks.params import Cut
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.training.head import assemble
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


def test_what_is_stored_gives_the_same_bytes_as_the_images(
    lite0: Network, records: Records, embeddings: EmbeddingStore
) -> None:
    pieces = Pieces(tiny.make_untrained(lite0), workers=2)
    images = np.stack(list(records.images("val").as_numpy_iterator()))
    stored = embeddings.load("val")
    found, wanted = pieces.from_images([images]), pieces.from_stored([stored[:4], stored[4:]])
    np.testing.assert_allclose(found, wanted, atol=1e-6)
