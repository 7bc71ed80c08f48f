"""Which parts of an image raise the probability of malignancy, and how much it depends on pixels.

The evidence map is HiResCAM (Draelos and Carin 2020, arXiv:2011.08891): in a stage's feature map
each activation times the gradient of the log odds by it, summed over the channels, without what is
below 0. It is computed for every stage, enlarged to the image, and averaged with equal weights: the
last stage alone has 7 x 7 places, and leaves out what a head on features of all depths sees.
`python benchmarks/explanations.py` compares it with other maps.

Saliency is SmoothGrad (Smilkov and others 2017, arXiv:1706.03825): the mean over noisy copies of
the image of the gradient's absolute values.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lesion_pipeline.explanation.divided import divide, mean_log_odds_gradient
from lesion_pipeline.inference.params import Copies
from lesion_pipeline.inference.tta import turned, turned_back
from lesion_pipeline.networks.correction import OutputCorrection
from lesion_pipeline.networks.network import TrainedNetwork
from lesion_pipeline.tf.load import tf

Maps = NDArray[np.float32]  # (images, size, size), 0 to 1
# A stage's feature map and the gradient of the log odds by it: (images, rows, columns, channels).
StageGradient = tuple[NDArray[np.float32], NDArray[np.float32]]

NOISY_COPIES: Final = 8
NOISE: Final = 0.1  # deviation, as a fraction of the range of the image's scaled pixels
SEED: Final = 1  # of the noise, the same for each image
BATCH: Final = 16  # images in the network at a time


@dataclass(frozen=True)
class Explanation:
    """Two maps of some images, each scaled to 0..1 for each image; all 0 if nothing counts.

    Attributes:
        evidence: how much a place raises the log odds of malignancy.
        saliency: how much the log odds depend on a pixel, in either direction.
    """

    evidence: Maps
    saliency: Maps


class Explainer:
    """Computes maps for a trained network of any architecture, cut and target.

    Both are gradients, so the whole network runs in TensorFlow, with batch normalisation folded;
    its convolutions and their gradients are the same with portable kernels on every processor.
    """

    def __init__(self, network: TrainedNetwork, copies: Copies) -> None:
        """Divide the network at its scaled image, its stages and its logits.

        Args:
            network: for one copy of an image.
            copies: of which predictions are averaged; the maps of turned copies are turned back.
        """
        self._divided = divide(network)
        self._correction = OutputCorrection.of_network(network.manifest)
        self._malignant = network.manifest.malignant
        self._copies = copies

    def explain(self, images: NDArray[np.uint8]) -> Explanation:
        """Return both maps of images, uint8 (images, size, size, 3)."""
        return Explanation(self.evidence(images), self.saliency(images))

    def evidence(self, images: NDArray[np.uint8]) -> Maps:
        """Return the evidence maps of images, uint8 (images, size, size, 3)."""
        return self._over_copies(images, self._evidence)

    def saliency(self, images: NDArray[np.uint8]) -> Maps:
        """Return the saliency maps of images, uint8 (images, size, size, 3)."""
        return self._over_copies(images, self._saliency)

    def _over_copies(self, images: NDArray[np.uint8], compute: Any) -> Maps:
        found = [
            turned_back([compute(copy) for copy in turned(images[i : i + BATCH], self._copies)])
            for i in range(0, len(images), BATCH)
        ]
        return _unit(np.concatenate(found))

    def stage_gradients(self, images: NDArray[np.uint8]) -> list[StageGradient]:
        """Return the feature map of each stage and the gradient of the log odds by it.

        Args:
            images: uint8 (images, size, size, 3); of one copy.

        Returns:
            Pairs of float32 (images, rows, columns, channels), without stages that the features
            don't depend on. Where each member has maps of its own, their channels follow each
            other.
        """
        scaled = self._divided.scale(images)
        with tf.GradientTape() as tape:
            tape.watch(scaled)
            maps, logits = self._divided.forward(scaled)
        gradients = tape.gradient(logits, maps, self._by_logits(logits))
        found = []
        for places in self._divided.places:
            pairs = [(maps[place].numpy(), gradients[place]) for place in places]
            if all(by is not None for _, by in pairs):
                stage, by = zip(*((x, by.numpy()) for x, by in pairs), strict=True)
                found.append((np.concatenate(stage, axis=-1), np.concatenate(by, axis=-1)))
        return found

    def slope_by_pixels(self, scaled: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the gradient of the log odds by scaled images (images, size, size, 3)."""
        pixels = tf.constant(scaled)
        with tf.GradientTape() as tape:
            tape.watch(pixels)
            _, logits = self._divided.forward(pixels)
        return np.asarray(tape.gradient(logits, pixels, self._by_logits(logits)))

    def _evidence(self, images: NDArray[np.uint8]) -> NDArray[np.float64]:
        total = np.zeros(images.shape[:3])
        for stage, gradient in self.stage_gradients(images):
            evidence = (stage.astype(np.float64) * gradient).sum(axis=-1)
            total += positive_part(evidence, images.shape[1])
        return total

    def _saliency(self, images: NDArray[np.uint8]) -> NDArray[np.float64]:
        scaled = self._divided.scale(images).numpy()
        deviation = NOISE * np.ptp(scaled, axis=(1, 2, 3), keepdims=True)
        generator, total = np.random.default_rng(SEED), np.zeros(images.shape[:3])
        for _ in range(NOISY_COPIES):
            noise = generator.normal(size=scaled.shape[1:])
            noisy = (scaled + deviation * noise).astype(np.float32)
            total += np.abs(self.slope_by_pixels(noisy)).max(axis=-1)
        return total

    def _by_logits(self, logits: list[Any]) -> list[Any]:
        values = [each.numpy() for each in logits]
        gradients = mean_log_odds_gradient(self._correction, values, self._malignant)
        return [tf.constant(gradient) for gradient in gradients]


def positive_part(evidence: NDArray[Any], size: int) -> NDArray[np.float32]:
    """Return what is above 0 of a stage's maps, scaled to a mean of 1, or 0 if nothing is.

    Args:
        evidence: (images, rows, columns).
        size: of the enlarged maps.

    Returns:
        (images, size, size).
    """
    positive = np.maximum(evidence, 0)
    mean = positive.mean(axis=(1, 2), keepdims=True)
    shares = positive / np.where(mean > 0, mean, 1)
    return np.stack([enlarge(each, size, size) for each in shares])


def enlarge(values: NDArray[Any], width: int, height: int) -> NDArray[np.float32]:
    """Resize a map (rows, columns) to (height, width), bilinearly."""
    image = Image.fromarray(np.asarray(values, np.float32))
    return np.asarray(image.resize((width, height), Image.Resampling.BILINEAR))


def _unit(maps: NDArray[np.float64]) -> Maps:
    highest = maps.max(axis=(1, 2), keepdims=True)
    return (maps / np.where(highest > 0, highest, 1)).astype(np.float32)
