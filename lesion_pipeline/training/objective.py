"""What training aims at: the targets, the weights of the classes, and the loss."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lesion_pipeline.core.labels import CLASSES, DIAGNOSES, is_malignant, malignancy
from lesion_pipeline.networks.correction import OutputCorrection
from lesion_pipeline.networks.outputs import Target, output_names
from lesion_pipeline.tf.load import tf
from lesion_pipeline.training.params import TrainParams
from lesion_pipeline.vocabulary import check_has_diagnoses


class Labels(NamedTuple):
    """What the outputs should be, float32 (images, outputs), and weights, float32 (images,)."""

    truth: NDArray[np.float32]
    weights: NDArray[np.float32]


@dataclass(frozen=True)
class Objective:
    """What the network learns to predict, and how much each class counts.

    The classes are benign and malignant, or the seven diagnoses in the order of DIAGNOSES.

    Attributes:
        target: binary or diagnosis.
        malignant: the malignant diagnoses.
        class_weights: float32 (classes,).
        label_smoothing: how much of the truth is spread over all classes.
    """

    target: Target
    malignant: tuple[str, ...]
    class_weights: NDArray[np.float32]
    label_smoothing: float

    @classmethod
    def from_images(
        cls, diagnoses: ArrayLike, malignant: tuple[str, ...], params: TrainParams
    ) -> Self:
        """Weigh the classes by their frequency among the training images.

        Raises:
            ParamsError: the target is the diagnosis, and the images have none.
        """
        if params.target == "diagnosis":
            check_has_diagnoses(malignant)
        found = classes(diagnoses, params.target, malignant)
        count = len(CLASSES if params.target == "binary" else DIAGNOSES)
        weights = class_weights(found, count, params.class_weight_power)
        return cls(params.target, malignant, weights, params.label_smoothing)

    def encode(self, diagnoses: ArrayLike, targets: NDArray[np.float64] | None = None) -> Labels:
        """Encode what the outputs should be.

        A target t says that an image is of class k with probability t_k. Its loss is the mean of
        the losses that it would have as one of each class: sum_k t_k w_k times the cross-entropy
        from the truth t_k w_k / sum_j t_j w_j. So what the outputs tend to is what they tend to
        with labels drawn by t, and OutputCorrection takes weights and smoothing out of them.

        Args:
            diagnoses: (images,).
            targets: (images, classes), rows that add up to 1; None: an image is what its
                diagnosis says.
        """
        found = classes(diagnoses, self.target, self.malignant)
        if targets is not None:
            mass = targets * self.class_weights
            weights = mass.sum(axis=1)
            truth = (mass / weights[:, None]).astype(np.float32)
            truth = truth[:, 1:] if self.target == "binary" else truth
            return Labels(truth, weights.astype(np.float32))
        if self.target == "binary":
            truth = found[:, None].astype(np.float32)
        else:
            truth = np.eye(len(DIAGNOSES), dtype=np.float32)[found]
        return Labels(truth, self.class_weights[found])

    def certain(self, diagnoses: ArrayLike) -> NDArray[np.float64]:
        """Return the targets (images, classes) of images that are what their diagnosis says."""
        found = classes(diagnoses, self.target, self.malignant)
        return np.eye(len(self.class_weights))[found]

    def by_class(self, outputs: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the probability of each class (images, classes) from corrected outputs.

        They are normalised in float64, as rows of a network's outputs add up to 1 but for rounding.
        """
        values = outputs.astype(np.float64)
        both = np.hstack([1 - values, values]) if self.target == "binary" else values
        return np.asarray(both / both.sum(axis=1, keepdims=True))

    def loss(self) -> Any:
        """Return the function `cross_entropy` with this objective's smoothing."""
        return partial(cross_entropy, label_smoothing=self.label_smoothing)

    @property
    def correction(self) -> OutputCorrection:
        """What takes class weights and smoothing out of the outputs."""
        return OutputCorrection(tuple(self.class_weights.tolist()), self.label_smoothing)

    def malignancy(self, outputs: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the probability of malignancy (images,) from corrected outputs."""
        return np.asarray(malignancy(outputs.astype(np.float64), self.malignant))

    def named_weights(self) -> dict[str, float]:
        """Return the weight of each class by its name."""
        names = CLASSES if self.target == "binary" else output_names(self.target)
        return dict(zip(names, self.class_weights.tolist(), strict=True))


def classes(diagnoses: ArrayLike, target: Target, malignant: Collection[str]) -> NDArray[np.int64]:
    """Return the class of each diagnosis (images,): 0 or 1, or its place in DIAGNOSES."""
    names = np.asarray(diagnoses, dtype=str)
    if target == "binary":
        return is_malignant(names, malignant)
    places = {dx: place for place, dx in enumerate(DIAGNOSES)}
    return np.array([places[dx] for dx in names], dtype=np.int64)


def class_weights(found: NDArray[np.int64], count: int, power: float) -> NDArray[np.float32]:
    """Weigh classes against their frequency.

    Args:
        found: the class of each training image.
        count: how many classes there are.
        power: 0: all the same; 1: each class as much as any other in total; or between.

    Returns:
        float32 (classes,), (1 / frequency) ** power, scaled so that the mean weight of an image is
        1. A class without images has the weight 1.
    """
    counts = np.bincount(found, minlength=count)
    raw = np.where(counts > 0, 1 / np.maximum(counts, 1), 0) ** power
    scaled = raw * counts.sum() / (raw * counts).sum()
    return np.where(counts > 0, scaled, 1).astype(np.float32)


def cross_entropy(truth: Any, logits: Any, label_smoothing: float) -> Any:
    """Return the cross-entropy (batch,) of each image, in nats, from truth and logits.

    One logit z is taken as the two, 0 and z: the gradient of the sigmoid's own cross-entropy
    contains an approximate reciprocal, which AMD and Intel round differently.

    Args:
        truth: float32 (batch, 1), 0 or 1; or one-hot (batch, classes).
        logits: float32, of the same shape.
        label_smoothing: how much of the truth is spread evenly over all classes, 0 to below 1.
    """
    if logits.shape[-1] == 1:
        truth = tf.concat([1 - truth, truth], axis=1)
        logits = tf.concat([tf.zeros_like(logits), logits], axis=1)
    spread = label_smoothing / logits.shape[-1]
    smooth = truth * (1 - label_smoothing) + spread
    return tf.nn.softmax_cross_entropy_with_logits(smooth, logits)
