"""What the network is asked: malignant or not, or which of the seven diagnoses."""

from collections.abc import Collection
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lesion_pipeline.core.labels import DIAGNOSES, is_malignant
from lesion_pipeline.tf import tf

Target = Literal["binary", "diagnosis"]


def outputs(target: Target) -> tuple[str, ...]:
    """Name the network's outputs in order: the probability of each adds to 1, or stands alone."""
    return ("malignant",) if target == "binary" else tuple(DIAGNOSES)


def classes_of_diagnoses(target: Target, malignant: Collection[str]) -> NDArray[np.int64]:
    """Give the class of each diagnosis (7,): 0 or 1, or its own place in DIAGNOSES."""
    if target == "binary":
        return is_malignant(list(DIAGNOSES), malignant)
    return np.arange(len(DIAGNOSES))


def classes(diagnoses: ArrayLike, target: Target, malignant: Collection[str]) -> NDArray[np.int64]:
    """Give the class of each image (images,) from its diagnosis."""
    places = {dx: place for place, dx in enumerate(DIAGNOSES)}
    of_diagnoses = classes_of_diagnoses(target, malignant)
    return of_diagnoses[[places[dx] for dx in np.asarray(diagnoses, dtype=str)]]


def class_weights(found: NDArray[np.int64], target: Target, power: float) -> NDArray[np.float32]:
    """Weigh classes against their frequency.

    Args:
        found: the classes of the training images, as `classes` gives them.
        target: what they are classes of.
        power: 0: all the same; 1: each class as much as any other in all; between: between.

    Returns:
        float32 (classes,), (1 / frequency) ** power, scaled so that images weigh 1 on average. A
        class that doesn't occur weighs 1.
    """
    counts = np.bincount(found, minlength=2 if target == "binary" else len(DIAGNOSES))
    raw = np.where(counts > 0, 1 / np.maximum(counts, 1), 0) ** power
    scaled = raw * counts.sum() / (raw * counts).sum()
    return np.where(counts > 0, scaled, 1).astype(np.float32)


def encode(found: NDArray[np.int64], target: Target) -> NDArray[np.float32]:
    """Give what the outputs should be: (images, 1), 0 or 1; or one-hot (images, 7)."""
    if target == "binary":
        return found[:, None].astype(np.float32)
    return np.eye(len(DIAGNOSES), dtype=np.float32)[found]


def log_odds_shift(weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give what class weights add to the last biases of a network that is trained with them.

    Weighting class k by w_k multiplies its probability by w_k, before all are scaled to add to 1
    (Elkan 2001, The Foundations of Cost-Sensitive Learning, theorem 2, for two classes).
    """
    logs = np.log(weights)
    return (logs[1:] - logs[:1] if len(logs) == 2 else logs).astype(np.float32)


def unweigh(said: NDArray[np.float32], weights: NDArray[np.float32]) -> NDArray[np.float64]:
    """Take what class weights did out of probabilities (images, outputs).

    The same as taking `log_odds_shift` from the biases, up to rounding.
    """
    values = said.astype(np.float64)
    if values.shape[1] == 1:
        malignant, benign = values / weights[1], (1 - values) / weights[0]
        return np.asarray(malignant / (malignant + benign))
    divided = values / weights
    return np.asarray(divided / divided.sum(axis=1, keepdims=True))


def malignancy_logit(logits: Any, malignant: Collection[str]) -> Any:
    """Give the log odds of malignancy (batch,) from the last layer before its activation.

    Args:
        logits: tensor (batch, 1), or (batch, 7): then log(sum of the malignant exponentials) less
            the same of the benign ones.
        malignant: the malignant diagnoses.
    """
    if logits.shape[-1] == 1:
        return logits[:, 0]
    summed = is_malignant(list(DIAGNOSES), malignant) == 1
    sides = (np.flatnonzero(summed), np.flatnonzero(~summed))
    above, below = (tf.reduce_logsumexp(tf.gather(logits, s, axis=1), axis=1) for s in sides)
    return above - below
