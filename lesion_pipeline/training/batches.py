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
from lesion_pipeline.features.stored import StoredImages
from lesion_pipeline.loops.parallel import in_order
from lesion_pipeline.records.tfrecords import Records
from lesion_pipeline.tf.load import tf
from lesion_pipeline.training.division import Division
from lesion_pipeline.training.draws import Draws

Batch = tuple[Any, Any, Any]  # inputs, encoded truth (batch, outputs), weights (batch,)
AHEAD: Final = 4  # batches that are prepared while the network is busy
VAL_BATCH: Final = 16  # as in inference.predict: sums in matrix products depend on it


class Batches(Protocol):
    """What a phase of training reads."""

    steps: int  # batches per epoch

    def epoch(self, number: int) -> Iterator[Batch]:
        """Return the batches of an epoch, counted from 0."""

    def val(self) -> Iterator[Any]:
        """Return the inputs for the images that are scored, in order, in batches."""


class StoredBatches:
    """What `embed` stored: in each epoch one copy of each image, drawn at random.

    Maps, but not feature vectors, are also mirrored at random if the copies are.
    """

    def __init__(self, embeddings: EmbeddingStore, division: Division, draws: Draws) -> None:
        """Read the images of `division`, those to train on as `draws` tells."""
        self._draws, self.steps = draws, draws.steps
        self._trained = StoredImages(embeddings, division.trained)
        self._held_out = StoredImages(embeddings, division.held_out, only_plain=True)
        manifest = embeddings.manifest
        self._most = 1 + manifest.augmentations
        self._mirror = manifest.augment.flips and manifest.cut != "top"

    def epoch(self, number: int) -> Iterator[Batch]:
        """Return the batches of an epoch, counted from 0; inputs are float32."""
        draws = self._draws
        generator = np.random.default_rng([draws.seed, number])
        order, times = generator.permutation(draws.count), draws.times(number)
        images = order if times is None else np.repeat(np.arange(draws.count), times)[order]
        drawn = generator.integers(self._most, size=draws.count)
        signs = generator.choice([-1, 1] if self._mirror else [1], (draws.count, 2))

        def read(places: NDArray[np.int64]) -> Batch:
            rows = images[places]
            # Copies and signs go by image where each comes once, else by draw.
            mine = rows if times is None else places
            copies = np.where(drawn[mine] < self._trained.copies[rows], drawn[mine], 0)
            parts = [self._trained.read(*pair) for pair in zip(rows, copies, strict=True)]
            if self._mirror:
                flips = zip(parts, signs[mine], strict=True)
                parts = [part[::up, ::left] for part, (up, left) in flips]
            inputs = tf.constant(np.stack(parts).astype(np.float32))
            return inputs, draws.labels.truth[rows], draws.weights[rows]

        places = np.arange(self.steps * draws.size).reshape(self.steps, draws.size)
        return in_order(read, places, workers=1, ahead=AHEAD)

    def val(self) -> Iterator[Any]:
        """Return what was stored of the images that are scored, in batches; float32."""
        starts = range(0, len(self._held_out), VAL_BATCH)
        return (self._held_out.plain(start, start + VAL_BATCH) for start in starts)


class ImageBatches:
    """Images, augmented anew in each epoch."""

    def __init__(
        self, records: Records, augmentation: AugmentParams, division: Division, draws: Draws
    ) -> None:
        """Read the images of `division`, those to train on as `draws` tells."""
        self._records, self._augmentation = records, augmentation
        self._division, self._draws = division, draws
        self.steps = draws.steps

    def epoch(self, number: int) -> Iterator[Batch]:
        """Return the batches of an epoch, counted from 0; inputs are uint8."""
        draws = self._draws
        plan = draw_plan(draws.count, self._augmentation, [draws.seed, number])
        images = self._records.shuffled(
            self._division.trained, draws.seed + number, draws.times(number)
        )
        pairs = tf.data.Dataset.zip(images, tf.data.Dataset.from_tensor_slices(plan))
        batches = pairs.batch(draws.size, drop_remainder=True)
        ready = batches.map(self._ready, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
        return iter(ready.prefetch(AHEAD))

    def val(self) -> Iterator[Any]:
        """Return the images that are scored, in batches."""
        images = self._records.images_of(self._division.held_out)
        return iter(images.batch(VAL_BATCH).prefetch(AHEAD))

    def _ready(self, pair: Any, plan: Any) -> Any:
        images, rows = pair
        truth = tf.gather(tf.constant(self._draws.labels.truth), rows)
        weights = tf.gather(tf.constant(self._draws.weights), rows)
        return augment(images, plan), truth, weights
