"""What training reads, batch by batch, in an order that seed and epoch decide.

An epoch is a function of its number alone, so that training can go on in the middle. What is left
over at its end, less than a batch, is left out: the next epoch leaves out other images.
"""

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.core.labels import DIAGNOSES
from lesion_pipeline.embedding.augment import AugmentParams, augment, draw_plan
from lesion_pipeline.embedding.rows import Embeddings
from lesion_pipeline.parallel import in_order
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.tf import tf
from lesion_pipeline.training.objective import Target, classes_of_diagnoses, encode

Batch = tuple[Any, Any, Any]  # inputs, encoded truth (batch, outputs), weights (batch,)
AHEAD = 4  # batches that are made while the network is busy
VAL_BATCH = 32


class Batches(Protocol):
    """What a phase of training reads."""

    steps: int  # batches an epoch

    def epoch(self, number: int) -> Iterator[Batch]:
        """Give the batches of an epoch, counted from 0."""

    def val(self) -> Iterator[Any]:
        """Give the inputs for the images of val, in order, in batches."""


class StoredBatches:
    """What `embed` stored: in each epoch one of each image's views, drawn at random.

    Maps, not feature vectors, are also mirrored at random if the views are.
    """

    def __init__(
        self,
        embeddings: Embeddings,
        classes: NDArray[np.int64],
        target: Target,
        weights: NDArray[np.float32],
        size: int,
        seed: int,
    ) -> None:
        """Read batches of `size`; `classes` are those of the training images, `weights` of them."""
        self._embeddings, self._seed = embeddings, seed
        self._views = [embeddings.rows("train", view) for view in range(embeddings.views)]
        self._truth, self._weights = encode(classes, target), weights[classes]
        self._size = min(size, len(classes))
        self._mirror = embeddings.augmentation.flips and embeddings.cut != "top"
        self.steps = len(classes) // self._size

    def epoch(self, number: int) -> Iterator[Batch]:
        """Give the batches of an epoch, counted from 0; inputs are float32."""
        generator = np.random.default_rng([self._seed, number])
        order = generator.permutation(len(self._truth))[: self.steps * self._size]
        views = generator.integers(len(self._views), size=len(self._truth))
        signs = generator.choice([-1, 1] if self._mirror else [1], (len(self._truth), 2))

        def read(rows: NDArray[np.int64]) -> Batch:
            parts = [self._views[views[row]][row] for row in rows]
            if self._mirror:
                flips = zip(parts, signs[rows], strict=True)
                parts = [part[::up, ::left] for part, (up, left) in flips]
            inputs = tf.constant(np.stack(parts).astype(np.float32))
            return inputs, self._truth[rows], self._weights[rows]

        return in_order(read, order.reshape(self.steps, self._size), workers=1, ahead=AHEAD)

    def val(self) -> Iterator[Any]:
        """Give what was stored of val, in batches."""
        stored = self._embeddings.load("val")
        return (np.array(stored[i : i + VAL_BATCH]) for i in range(0, len(stored), VAL_BATCH))


class ImageBatches:
    """Images, newly augmented in each epoch."""

    def __init__(
        self,
        records: Records,
        augmentation: AugmentParams,
        target: Target,
        weights: NDArray[np.float32],
        size: int,
        seed: int,
    ) -> None:
        """Read batches of `size`; `weights` are those of the classes."""
        self._records, self._augmentation, self._seed = records, augmentation, seed
        found = classes_of_diagnoses(target, records.malignant)
        self._truth, self._weights = encode(found, target), weights[found]  # by diagnosis
        self._count = len(records.index("train"))
        self._size = min(size, self._count)
        self.steps = self._count // self._size

    def epoch(self, number: int) -> Iterator[Batch]:
        """Give the batches of an epoch, counted from 0; inputs are uint8."""
        plan = draw_plan(self._count, self._augmentation, [self._seed, number])
        images = self._records.shuffled("train", self._seed + number)
        pairs = tf.data.Dataset.zip(images, tf.data.Dataset.from_tensor_slices(plan))
        batches = pairs.batch(self._size, drop_remainder=True)
        ready = batches.map(self._ready, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
        return iter(ready.prefetch(AHEAD))

    def val(self) -> Iterator[Any]:
        """Give the images of val, in batches."""
        return iter(self._records.images("val").batch(VAL_BATCH).prefetch(AHEAD))

    def _ready(self, pair: Any, plan: Any) -> Any:
        images, dx = pair
        one_hot = tf.cast(dx[:, None] == tf.constant(list(DIAGNOSES)), tf.float32)
        truth = tf.matmul(one_hot, self._truth)
        weights = tf.linalg.matvec(one_hot, self._weights)
        return augment(images, plan), truth, weights
