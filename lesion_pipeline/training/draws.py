"""Which images an epoch takes, in which order, with which weights."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.training.objective import Labels
from lesion_pipeline.training.params import Balance

_SAMPLING = 1  # names a stream of random numbers of its own


@dataclass(frozen=True, eq=False)
class Draws:
    """The images of each epoch, a function of the epoch's number alone.

    With `balance` weights each image comes once and its loss counts by its weight. With sampling
    it comes as often as its weight says, and its loss counts once: the mean of the loss, and so
    what the network learns to predict, is the same.

    Attributes:
        labels: truth and weight of each image.
        batch_size: of a batch; all images if there are fewer.
        seed: of the order.
        balance: weights or sampling.
    """

    labels: Labels
    batch_size: int
    seed: int
    balance: Balance

    @property
    def size(self) -> int:
        """Return how many images a batch has."""
        return min(self.batch_size, self.count)

    @property
    def count(self) -> int:
        """Return how many images there are, and how many an epoch draws."""
        return len(self.labels.truth)

    @property
    def steps(self) -> int:
        """Return how many whole batches an epoch has."""
        return self.count // self.size

    @property
    def weights(self) -> NDArray[np.float32]:
        """Return by how much the loss of each image counts, float32 (images,)."""
        weights = self.labels.weights
        return weights if self.balance == "weights" else np.ones_like(weights)

    def times(self, epoch: int) -> NDArray[np.int64] | None:
        """Return how often each image comes in an epoch (images,); None: each once.

        By systematic sampling: an image of weight 2.3 comes two or three times, 2.3 times on
        average, where the mean weight is 1 (Madow and Madow 1944, doi:10.1214/aoms/1177731312).
        """
        if self.balance == "weights":
            return None
        generator = np.random.default_rng([self.seed, epoch, _SAMPLING])
        order = generator.permutation(self.count)
        ends = np.cumsum(self.labels.weights[order], dtype=np.float64)
        points = (np.arange(self.count) + generator.uniform()) * (ends[-1] / self.count)
        hit = np.minimum(np.searchsorted(ends, points, side="right"), self.count - 1)
        return np.bincount(order[hit], minlength=self.count)
