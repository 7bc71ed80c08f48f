"""What training reads, batch by batch, in an order that seed and epoch determine.

An epoch is a function of its number alone, so that training can resume in the middle. The
remainder at its end, less than a batch, is left out; the next epoch leaves out other images.
"""

from collections.abc import Iterator
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.embedding.augment import augment, draw_plan
from lesion_pipeline.features.params import AugmentParams
from lesion_pipeline.features.store import EmbeddingStore
from lesion_pipeline.loops.parallel import in_order
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.tf.load import tf
from lesion_pipeline.training.objective import Labels, Objective
from lesion_pipeline.vocabulary import labels_of

Batch = tuple[Any, Any, Any]  # inputs, encoded truth (batch, outputs), weights (batch,)
AHEAD: Final = 4  # batches that are prepared while the network is busy
VAL_BATCH: Final = 16  # as in inference.predict: sums in matrix products depend on it


class Batches(Protocol):
    """What a phase of training reads."""

    steps: int  # batches per epoch

    def epoch(self, number: int) -> Iterator[Batch]:
        """Return the batches of an epoch, counted from 0."""

    def val(self) -> Iterator[Any]:
        """Return the inputs for the images of val, in order, in batches."""


class StoredBatches:
    """What `embed` stored: in each epoch one copy of each image, drawn at random.

    Maps, but not feature vectors, are also mirrored at random if the copies are.
    """

    def __init__(self, embeddings: EmbeddingStore, labels: Labels, size: int, seed: int) -> None:
        """Read batches of `size`; `labels` are those of the training images."""
        self._embeddings, self._labels, self._seed = embeddings, labels, seed
        manifest = embeddings.manifest
        copies = range(1 + manifest.augmentations)
        self._copies = [embeddings.rows("train", copy) for copy in copies]
        self._count = len(labels.truth)
        self._size = min(size, self._count)
        self._mirror = manifest.augment.flips and manifest.cut != "top"
        self.steps = self._count // self._size

    def epoch(self, number: int) -> Iterator[Batch]:
        """Return the batches of an epoch, counted from 0; inputs are float32."""
        generator = np.random.default_rng([self._seed, number])
        order = generator.permutation(self._count)[: self.steps * self._size]
        copies = generator.integers(len(self._copies), size=self._count)
        signs = generator.choice([-1, 1] if self._mirror else [1], (self._count, 2))

        def read(rows: NDArray[np.int64]) -> Batch:
            parts = [self._copies[copies[row]][row] for row in rows]
            if self._mirror:
                flips = zip(parts, signs[rows], strict=True)
                parts = [part[::up, ::left] for part, (up, left) in flips]
            inputs = tf.constant(np.stack(parts).astype(np.float32))
            return inputs, self._labels.truth[rows], self._labels.weights[rows]

        return in_order(read, order.reshape(self.steps, self._size), workers=1, ahead=AHEAD)

    def val(self) -> Iterator[Any]:
        """Return what was stored for val, in batches."""
        stored = self._embeddings.load("val")
        return (np.array(stored[i : i + VAL_BATCH]) for i in range(0, len(stored), VAL_BATCH))


class ImageBatches:
    """Images, augmented anew in each epoch."""

    def __init__(
        self,
        records: Records,
        augmentation: AugmentParams,
        objective: Objective,
        size: int,
        seed: int,
    ) -> None:
        """Read batches of `size`."""
        self._records, self._augmentation, self._seed = records, augmentation, seed
        index = records.index("train")
        self._labels = list(labels_of(index["dx"]))
        self._by_label = objective.encode(self._labels)
        self._count = len(index)
        self._size = min(size, self._count)
        self.steps = self._count // self._size

    def epoch(self, number: int) -> Iterator[Batch]:
        """Return the batches of an epoch, counted from 0; inputs are uint8."""
        plan = draw_plan(self._count, self._augmentation, [self._seed, number])
        images = self._records.shuffled("train", self._seed + number)
        pairs = tf.data.Dataset.zip(images, tf.data.Dataset.from_tensor_slices(plan))
        batches = pairs.batch(self._size, drop_remainder=True)
        ready = batches.map(self._ready, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
        return iter(ready.prefetch(AHEAD))

    def val(self) -> Iterator[Any]:
        """Return the images of val, in batches."""
        return iter(self._records.images("val").batch(VAL_BATCH).prefetch(AHEAD))

    def _ready(self, pair: Any, plan: Any) -> Any:
        images, dx = pair
        one_hot = tf.cast(dx[:, None] == tf.constant(self._labels), tf.float32)
        truth = tf.matmul(one_hot, self._by_label.truth)
        weights = tf.linalg.matvec(one_hot, self._by_label.weights)
        return augment(images, plan), truth, weights
