"""Where a network looks: Grad-CAM and saliency for hits and misses."""

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from lesion_pipeline.core.labels import LABEL, PROBABILITY, decide
from lesion_pipeline.inference.params import ExplainParams
from lesion_pipeline.networks.correction import OutputCorrection
from lesion_pipeline.networks.folding import folded
from lesion_pipeline.networks.network import TrainedNetwork
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.tf.load import keras, tf

# name of the case: (true label, decision, whether the highest probability is the clearest case)
CASES: Final = {
    "true_positive": (1, 1, True),
    "false_negative": (1, 0, False),
    "false_positive": (0, 1, True),
    "true_negative": (0, 0, False),
}


def explain(
    network: TrainedNetwork,
    records: Records,
    test: pd.DataFrame,
    threshold: float,
    params: ExplainParams,
) -> dict[str, Figure]:
    """Draw the clearest examples, each of another lesion, of each case of the confusion matrix.

    The maps are those of the network for one copy of an image, whatever the test-time
    augmentation.

    Args:
        network: the whole network, for one copy of an image.
        records: the images, those of `test` in the same order.
        test: the predictions of test: image_id, lesion_id, dx, label, probability.
        threshold: the operating point.
        params: examples of each case.

    Returns:
        A figure for each case that occurs, with one row per example: image, Grad-CAM, saliency.
    """
    chosen = {name: _clearest(test, threshold, name, params.examples) for name in CASES}
    images = _images(records, {row for rows in chosen.values() for row in rows})
    maps = GradCamAndSaliency(network)
    return {
        name: _panel(name, threshold, test.loc[rows], [images[row] for row in rows], maps)
        for name, rows in chosen.items()
        if rows
    }


def _clearest(test: pd.DataFrame, threshold: float, case: str, count: int) -> list[int]:
    truth, decision, highest = CASES[case]
    chosen = (test[LABEL] == truth) & (decide(test[PROBABILITY], threshold) == decision)
    ranked = test[chosen].sort_values([PROBABILITY, "image_id"], ascending=[not highest, True])
    return [int(row) for row in ranked.drop_duplicates("lesion_id").index[:count]]


def _images(records: Records, rows: set[int]) -> dict[int, NDArray[np.uint8]]:
    """Read the images of test in these rows, in one pass that keeps no others."""
    numbered = enumerate(records.images("test").as_numpy_iterator())
    return {row: image for row, image in numbered if row in rows}


class GradCamAndSaliency:
    """Two maps of the pixels on which a network's probability of malignancy depends.

    Both are gradients, so the whole network runs in TensorFlow, with batch normalisation folded;
    its convolutions and their gradients are the same with portable kernels on every processor.
    """

    def __init__(self, network: TrainedNetwork) -> None:
        """Cut the network at its scaled image and its last feature map."""
        model = folded(network.model)
        head = model.get_layer("head")
        scaled = model.get_layer("scale").output
        last = model.get_layer(network.manifest.stages[-1]).output
        # Gradients of log odds: a probability near 0 or 1 has next to none.
        dense = [layer for layer in head.layers if isinstance(layer, keras.layers.Dense)]
        self._output = dense[-1]
        before = keras.Model(head.input, self._output.input)
        self._scale = keras.Model(model.input, scaled)
        self._malignant = network.manifest.malignant
        self._correction = OutputCorrection.of_network(network.manifest)
        self._rest = keras.Model(scaled, [last, before(model.get_layer("features").output)])

    def __call__(
        self, images: NDArray[np.uint8]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return Grad-CAM and saliency of a few images.

        Args:
            images: uint8 (images, size, size, 3).

        Returns:
            Grad-CAM (images, rows, columns) of the last feature map: the map's channels weighted
            by the mean gradient of the log odds of malignancy, negative sums cut off (Selvaraju et
            al. 2017, arXiv:1610.02391); and saliency (images, size, size): the gradient's largest
            absolute value over colours (Simonyan et al. 2013, arXiv:1312.6034). Both float32,
            scaled to 0..1 for each image; Grad-CAM is all 0 if no sum is positive.
        """
        scaled = self._scale(images)
        with tf.GradientTape() as tape:
            tape.watch(scaled)
            last, hidden = self._rest(scaled, training=False)
            logits = tf.matmul(hidden, self._output.kernel) + self._output.bias
        by_logit = self._correction.log_odds_gradient(logits.numpy(), self._malignant)
        by_map, by_pixel = tape.gradient(logits, [last, scaled], tf.constant(by_logit))
        weights = by_map.numpy().mean(axis=(1, 2), keepdims=True)
        cams = np.maximum((weights * last.numpy()).sum(axis=-1), 0)
        saliency = np.abs(by_pixel.numpy()).max(axis=-1)
        return _unit(cams), _unit(saliency)


def _unit(maps: NDArray[np.float32]) -> NDArray[np.float32]:
    highest = maps.max(axis=(1, 2), keepdims=True)
    return (maps / np.where(highest > 0, highest, 1)).astype(np.float32)


def _panel(
    case: str,
    threshold: float,
    rows: pd.DataFrame,
    images: list[NDArray[np.uint8]],
    maps: GradCamAndSaliency,
) -> Figure:
    figure = Figure(figsize=(9, 3 * len(rows) + 0.5), dpi=80, layout="constrained")
    figure.suptitle(f"{case.replace('_', ' ')} (threshold {threshold:.3g})")
    grid = figure.subplots(len(rows), 3, squeeze=False)
    shown = zip(images, *maps(np.stack(images)), strict=True)
    for axes, row, (image, cam, saliency) in zip(grid, rows.to_dict("records"), shown, strict=True):
        size = image.shape[0]
        axes[0].imshow(image)
        axes[0].set_title(
            f"{row['image_id']} ({row['dx']}), p = {row[PROBABILITY]:.3g}", fontsize=8
        )
        axes[1].imshow(image)
        axes[1].imshow(
            cam, cmap="inferno", alpha=0.5, extent=(0, size, size, 0), interpolation="bilinear",
            vmin=0, vmax=1,
        )  # fmt: skip
        axes[1].set_title("Grad-CAM", fontsize=8)
        axes[2].imshow(saliency, cmap="gray", vmin=0, vmax=np.quantile(saliency, 0.99) or 1)
        axes[2].set_title("saliency", fontsize=8)
        for ax in axes:
            ax.set_axis_off()
    return figure
