"""What training reads, batch by batch, in an order that the seed decides."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.data.tfrecords import Records
from lesion_pipeline.model.augment import AugmentParams, augment, draw_plan
from lesion_pipeline.model.embeddings import Embeddings
from lesion_pipeline.tf import keras, tf

SHUFFLED_IMAGES = 2048  # at 224 pixels about 300 MB, whatever the size of the collection


class FeatureBatches(keras.utils.PyDataset):  # type: ignore[misc]
    """Features for the head: in each epoch one of each image's views, drawn at random.

    A batch is (features float32 (batch, dims), labels float32 (batch, 1), weights (batch,)).
    """

    def __init__(
        self, embeddings: Embeddings, labels: NDArray[np.int64], weight: float, size: int, seed: int
    ) -> None:
        """Give a malignant image the weight `weight` and a benign one 1."""
        super().__init__()
        self._views = [embeddings.load("train", view) for view in range(embeddings.views)]
        self._labels, self._weights = labels, weigh(labels, weight)
        self._size, self._seed, self._epoch = size, seed, 0
        self.on_epoch_end()

    def __len__(self) -> int:
        return math.ceil(len(self._labels) / self._size)

    def __getitem__(self, batch: int) -> tuple[Any, Any, Any]:
        rows = self._order[batch * self._size : (batch + 1) * self._size]
        features = np.stack([self._views[self._view[row]][row] for row in rows]).astype(np.float32)
        return features, self._labels[rows, None].astype(np.float32), self._weights[rows]

    def on_epoch_end(self) -> None:
        """Draw the next epoch's order and views."""
        generator = np.random.default_rng([self._seed, self._epoch])
        self._order = generator.permutation(len(self._labels))
        self._view = generator.integers(len(self._views), size=len(self._labels))
        self._epoch += 1


def weigh(labels: NDArray[np.int64], weight: float) -> NDArray[np.float32]:
    """Give malignant images `weight` and benign ones 1, as float32 of the shape of `labels`."""
    return np.where(labels == 1, weight, 1).astype(np.float32)


def image_batches(
    records: Records, weight: float, size: int, epochs: int, augmentation: AugmentParams, seed: int
) -> Any:
    """Give training images for `epochs` epochs, newly shuffled and augmented in each.

    Returns:
        tf.data.Dataset of (images uint8 (batch, size, size, 3), labels float32 (batch, 1),
        weights (batch,)), ceil(images / size) batches an epoch.
    """
    labels = records.labels("train")
    count = len(labels)
    plans = np.stack([draw_plan(count, augmentation, [seed, epoch]) for epoch in range(epochs)])
    images = records.images("train")
    facts = tf.data.Dataset.from_tensor_slices(
        (labels[:, None].astype(np.float32), weigh(labels, weight))
    )

    def epoch_of(epoch: Any) -> Any:
        plan = tf.data.Dataset.from_tensor_slices(tf.gather(plans, epoch))
        shuffled = tf.data.Dataset.zip(images, facts, plan).shuffle(
            min(count, SHUFFLED_IMAGES), seed=seed + epoch
        )
        return shuffled.batch(size)

    def apply(images: Any, facts: Any, plan: Any) -> Any:
        return augment(images, plan), *facts

    batches = tf.data.Dataset.range(epochs).flat_map(epoch_of)
    return batches.map(apply, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True).prefetch(2)
