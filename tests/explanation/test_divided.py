"""A network divided where its gradients are taken, alone or as members."""

import numpy as np
import pytest
from numpy.typing import NDArray

from lesion_pipeline.core.labels import malignancy
from lesion_pipeline.explanation.divided import divide, mean_log_odds_gradient
from lesion_pipeline.explanation.maps import Explainer
from lesion_pipeline.features.components import ComponentMap
from lesion_pipeline.features.cut import part_before, stored_shape, trained_part
from lesion_pipeline.features.manifest import EmbeddingManifest
from lesion_pipeline.networks.correction import OutputCorrection
from lesion_pipeline.networks.members import averaged
from lesion_pipeline.networks.network import TrainedNetwork
from lesion_pipeline.networks.outputs import Target, output_names
from lesion_pipeline.networks.params import Cut
from lesion_pipeline.tf.load import keras
from lesion_pipeline.training.head import assemble
from tests import tiny

CUTS: tuple[Cut, ...] = ("top", 2, "input")
pytestmark = pytest.mark.slow

IMAGES = np.random.default_rng(0).integers(0, 256, (3, tiny.SIZE, tiny.SIZE, 3), dtype=np.uint8)


def member(
    cut: Cut, seed: int, target: Target = "diagnosis", components: int | None = None
) -> TrainedNetwork:
    """A small network whose head, and with a lower cut whose layers, depend on the seed."""
    backbone = tiny.make_small_backbone()
    projection = None
    if components:
        (features,) = stored_shape(backbone, tiny.EMBED)
        axes = np.random.default_rng(5).normal(size=(features, components)).astype(np.float32)
        ones = np.ones(features, np.float32)
        projection = ComponentMap(ones, -ones, axes)
    stored = EmbeddingManifest(
        cut=cut, features="multilevel", shape=(1,), augmentations=0, augment=tiny.AUGMENT
    )
    keras.utils.set_random_seed(seed)
    model = assemble(backbone, stored, tiny.TRAIN.head, tiny.make_objective(target), projection)
    part = trained_part(model, backbone, cut)
    generator = np.random.default_rng(seed)
    part.set_weights(
        [w + 0.2 * np.abs(w).mean() * generator.random(w.shape) for w in part.get_weights()]
    )
    facts = dict(backbone.manifest) | {"cut": cut}
    return TrainedNetwork(model, tiny.make_manifest(target, **facts))


def join(networks: list[TrainedNetwork], cut: Cut) -> TrainedNetwork:
    parts = [trained_part(network.model, network, cut) for network in networks]
    model = averaged(part_before(networks[0].model, networks[0], cut), parts, "joined")
    return TrainedNetwork(model, networks[0].manifest)


@pytest.mark.parametrize(
    ("cut", "components"), [*((cut, None) for cut in CUTS), ("top", 6), ("input", 6)]
)
def test_equal_members_are_explained_as_one_of_them(cut: Cut, components: int | None) -> None:
    alone, *others = (member(cut, 1, components=components) for _ in range(4))
    three = join(others, cut)
    found, wanted = (Explainer(network, 4).explain(IMAGES) for network in (three, alone))
    np.testing.assert_allclose(found.evidence, wanted.evidence, atol=1e-4)
    np.testing.assert_allclose(found.saliency, wanted.saliency, atol=1e-4)
    assert np.ptp(wanted.evidence) > 0.1


@pytest.mark.parametrize(
    ("cut", "components"), [*((cut, None) for cut in CUTS), ("top", 6), ("input", 6)]
)
@pytest.mark.parametrize("target", ["binary", "diagnosis"])
def test_the_gradient_is_that_of_the_mean_of_the_members(
    cut: Cut, components: int | None, target: Target
) -> None:
    """Against a small step along it in scaled pixels, through the whole network."""
    network = join([member(cut, seed, target, components) for seed in (1, 2)], cut)
    explainer, divided = Explainer(network, 1), divide(network)
    scaled = divided.scale(IMAGES).numpy()
    slope = explainer.slope_by_pixels(scaled)
    way = slope / np.sqrt((slope**2).sum(axis=(1, 2, 3), keepdims=True))
    correction = OutputCorrection.of_network(network.manifest)

    def log_odds(step: float) -> NDArray[np.float64]:
        _, logits = divided.forward(scaled + np.float32(step) * way)
        odds = np.stack([correction.log_odds(z.numpy(), tiny.MALIGNANT) for z in logits])
        probability = (1 / (1 + np.exp(-odds))).mean(axis=0)
        return np.asarray(np.log(probability / (1 - probability)))

    wanted = (log_odds(0.05) - log_odds(-0.05)) / 0.1
    np.testing.assert_allclose((slope * way).sum(axis=(1, 2, 3)), wanted, rtol=0.05)


@pytest.mark.parametrize("cut", CUTS)
def test_the_pieces_have_the_probabilities_of_the_whole(cut: Cut) -> None:
    network = join([member(cut, seed) for seed in (1, 2)], cut)
    divided = divide(network)
    maps, logits = divided.forward(divided.scale(IMAGES))
    correction = OutputCorrection.of_network(network.manifest)
    odds = np.stack([correction.log_odds(z.numpy(), tiny.MALIGNANT) for z in logits])
    wanted = malignancy(network.model(IMAGES).numpy(), tiny.MALIGNANT)
    np.testing.assert_allclose((1 / (1 + np.exp(-odds))).mean(axis=0), wanted, atol=1e-5)
    count = {"top": [1, 1, 1, 1], 2: [1, 1, 2, 2], "input": [2, 2, 2, 2]}[cut]
    assert [len(places) for places in divided.places] == count and len(maps) == sum(count)


@pytest.mark.parametrize("target", ["binary", "diagnosis"])
def test_a_certain_member_counts_as_its_probability_changes(target: Target) -> None:
    """A sure member's probability hardly moves, so the mean follows the other; never NaN."""
    correction = OutputCorrection((1.0,) * (2 if target == "binary" else 7), 0.0)
    place = output_names(target).index("malignant" if target == "binary" else "mel")
    logits = np.zeros((2, 2, len(output_names(target))), np.float32)
    logits[0, 0, place] = 300
    benign = (-300, place) if target == "binary" else (300, output_names(target).index("nv"))
    logits[0, 1, benign[1]] = benign[0]
    found = mean_log_odds_gradient(correction, list(logits), tiny.MALIGNANT)
    assert np.isfinite(found).all()
    assert np.abs(found[0]).max() < 1e-20 and np.abs(found[1][:, place]).min() > 0.1
