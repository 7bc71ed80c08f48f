"""Maps that hold: they mark what decides, and nothing where nothing does."""

import numpy as np
import pytest
from numpy.typing import NDArray

from lesion_pipeline.explanation.maps import Explainer, enlarge
from lesion_pipeline.inference.params import Copies
from lesion_pipeline.networks.network import Network, TrainedNetwork
from lesion_pipeline.networks.outputs import LAST, Target, output_names
from lesion_pipeline.tf.load import keras
from lesion_pipeline.training.head import build_head
from lesion_pipeline.training.params import HeadParams
from tests import tiny

TARGETS: tuple[Target, ...] = ("binary", "diagnosis")
SIZE = 32
PLANTED = (slice(4, 12), slice(18, 28))  # rows and columns


def looking_at(rows: slice, columns: slice, target: Target = "binary") -> TrainedNetwork:
    """A network of two stages whose outputs depend on the brightness of one region alone."""
    image = keras.Input((SIZE, SIZE, 3), dtype="uint8", name="image")
    scaled = keras.layers.Rescaling(1 / 255, name="scale")(image)
    summed = keras.layers.Conv2D(1, 1, use_bias=False, kernel_initializer="ones", name="fine")(
        scaled
    )
    mask = np.zeros((1, SIZE, SIZE, 1), np.float32)
    mask[0, rows, columns] = 1
    region = keras.ops.multiply(summed, mask)
    coarse = keras.layers.AveragePooling2D(4, name="coarse")(region)
    mean = keras.layers.GlobalAveragePooling2D(name="features")(coarse)
    head = build_head(1, HeadParams(units=(), dropout=(0.0,), batch_norm_momentum=0.9), target)
    model = keras.Model(image, head(mean))
    kernel = np.zeros(head.get_layer(LAST).kernel.shape, np.float32)
    place = output_names(target).index("malignant" if target == "binary" else "mel")
    kernel[0, place] = 5
    head.get_layer(LAST).kernel.assign(kernel)
    return TrainedNetwork(model, tiny.make_manifest(target=target, stages=("fine", "coarse")))


def noise(images: int, seed: int = 0, size: int = SIZE) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(1, 256, (images, size, size, 3), dtype=np.uint8)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("copies", [1, 8])
def test_the_planted_region_has_the_evidence(target: Target, copies: Copies) -> None:
    explainer = Explainer(looking_at(*PLANTED, target), 1)
    found = explainer.explain(noise(3))
    inside = np.zeros((SIZE, SIZE), bool)
    inside[PLANTED] = True
    near = np.zeros((SIZE, SIZE), bool)  # the coarse stage's places reach beyond it
    near[0:18, 12:34] = True
    for evidence, saliency in zip(found.evidence, found.saliency, strict=True):
        assert evidence[inside].mean() > 10 * evidence[~near].mean()
        assert evidence.max() == 1 and (evidence >= 0).all()
        assert saliency[inside].sum() > 0.999 * saliency.sum()


def test_what_speaks_against_malignancy_has_no_evidence_but_saliency() -> None:
    network = looking_at(*PLANTED)
    kernel = network.model.get_layer("head").get_layer(LAST).kernel
    kernel.assign(-kernel)  # the brighter, the less malignant
    found = Explainer(network, 1).explain(noise(1))
    assert (found.evidence == 0).all() and found.saliency.max() == 1


@pytest.mark.parametrize("target", TARGETS)
def test_a_constant_network_gives_flat_maps(target: Target) -> None:
    network = looking_at(*PLANTED, target)
    kernel = network.model.get_layer("head").get_layer(LAST).kernel
    kernel.assign(0 * kernel)
    found = Explainer(network, 4).explain(noise(2))
    assert (found.evidence == 0).all() and (found.saliency == 0).all()


@pytest.mark.parametrize("bias", [-40.0, 40.0])
def test_a_probability_next_to_0_or_1_is_explained_too(bias: float) -> None:
    network = looking_at(*PLANTED)
    network.model.get_layer("head").get_layer(LAST).bias.assign([bias])
    found = Explainer(network, 1).explain(noise(1))
    assert found.evidence[0][PLANTED].max() == found.saliency[0][PLANTED].max() == 1


@pytest.mark.parametrize("copies", [4, 8])
def test_a_turned_image_has_the_turned_map(copies: Copies, lite0: Network) -> None:
    """Exactly so only over copies: strides of convolutions begin at one side."""
    explainer = Explainer(tiny.make_untrained(lite0), copies)
    image = noise(1, size=tiny.SIZE)
    plain, mirrored = explainer.evidence(image), explainer.evidence(image[:, :, ::-1])
    np.testing.assert_allclose(mirrored, plain[:, :, ::-1], atol=1e-4)
    if copies == 8:
        transposed = explainer.evidence(image.transpose(0, 2, 1, 3))
        np.testing.assert_allclose(transposed, plain.transpose(0, 2, 1), atol=1e-4)
    assert np.ptp(plain) > 0.1


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS)
def test_random_weights_change_the_maps(target: Target, lite0: Network) -> None:
    """The sanity check of Adebayo and others 2018, arXiv:1810.03292, on the head's weights."""
    network, images = tiny.make_untrained(lite0, target), noise(4, size=tiny.SIZE)
    before = Explainer(network, 1).explain(images)
    kernel = network.model.get_layer("head").get_layer(LAST).kernel
    generator = np.random.default_rng(3)
    kernel.assign(generator.normal(scale=float(np.std(kernel)), size=kernel.shape))
    after = Explainer(network, 1).explain(images)
    for name in ("evidence", "saliency"):
        one, other = (getattr(found, name).ravel() for found in (before, after))
        assert np.corrcoef(one, other)[0, 1] < 0.9


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS)
def test_what_is_marked_decides_more_than_what_is_drawn_at_random(target: Target) -> None:
    """Deletion and insertion (Petsiuk and others 2018, arXiv:1806.07421)."""
    network, images = looking_at(*PLANTED, target), noise(2)
    order = Explainer(network, 1).evidence(images).reshape(2, -1).argsort(axis=1)[:, ::-1]
    random = np.stack([np.random.default_rng(n).permutation(SIZE**2) for n in range(2)])
    place = output_names(target).index("malignant" if target == "binary" else "mel")

    def without(places: NDArray[np.int64], keep: bool) -> float:
        changed = images.reshape(2, -1, 3).copy()
        for image, chosen in zip(changed, places[:, : SIZE**2 // 8], strict=True):
            gone = np.setdiff1d(np.arange(SIZE**2), chosen) if keep else chosen
            image[gone] = 0
        outputs = network.model(changed.reshape(images.shape)).numpy()
        return float(outputs[:, place].mean())

    assert without(order, keep=False) < without(random, keep=False) - 0.01
    assert without(order, keep=True) > without(random, keep=True) + 0.01


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("arch", ["simple_cnn", "efficientnet_lite0"])
def test_every_image_has_maps_of_its_own(arch: str, target: Target) -> None:
    network = tiny.make_untrained(tiny.make_backbone(arch), target)
    images = noise(3, size=tiny.SIZE)
    explainer = Explainer(network, 1)
    together = explainer.explain(images)
    assert together.evidence.shape == together.saliency.shape == (3, tiny.SIZE, tiny.SIZE)
    for number in range(3):
        alone = explainer.explain(images[number : number + 1])
        np.testing.assert_allclose(together.evidence[number], alone.evidence[0], atol=1e-4)
        np.testing.assert_allclose(together.saliency[number], alone.saliency[0], atol=1e-4)
    assert np.abs(together.evidence[0] - together.evidence[1]).max() > 0.1


def test_a_map_is_enlarged_bilinearly() -> None:
    found = enlarge(np.array([[0.0, 1.0]]), width=8, height=2)
    assert found.shape == (2, 8) and found.dtype == np.float32
    assert (np.diff(found[0]) >= 0).all() and found[0, 0] == 0 and found[0, -1] == 1
