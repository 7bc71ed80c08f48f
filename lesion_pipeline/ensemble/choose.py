"""Weights of members, chosen on val alone.

What is chosen on val looks too good there. So the choice is also made on four fifths of the
lesions of val for the other fifth, in turn: val's scores, threshold and calibrator come from these
predictions out of fold, and the weights that are exported from all of val.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from sklearn.model_selection import StratifiedGroupKFold

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.labels import malignancy
from lesion_pipeline.ensemble.combine import Average, combine
from lesion_pipeline.ensemble.members import Outputs

Weighting = Literal["equal", "subset", "fitted"]
Weights = NDArray[np.float64]
FOLDS: Final = 5
DECIMALS: Final = 3  # of a weight: more would be chance, and differ between processors
_CHUNK: Final = 128  # subsets that are tried at a time
_LEAST: Final = 1e-6  # a probability has 6 decimals


@dataclass(frozen=True, eq=False)
class Scored:
    """What members predicted for val, and the truth.

    Attributes:
        outputs: (members, images, outputs).
        labels: (images,), 0 or 1.
        lesions: (images,), the name of each image's lesion.
        malignant: the malignant diagnoses.
        average: how the members are averaged.
    """

    outputs: Outputs
    labels: NDArray[np.int64]
    lesions: ArrayLike
    malignant: Collection[str]
    average: Average

    def part(self, images: NDArray[np.bool_]) -> "Scored":
        """Return some of the images."""
        lesions = np.asarray(self.lesions)[images]
        outputs = self.outputs[:, images]
        return Scored(outputs, self.labels[images], lesions, self.malignant, self.average)

    def losses(self, weights: Weights) -> NDArray[np.float64]:
        """Return the log loss (sets,) of malignancy with weights (sets, members)."""
        combined = combine(self.outputs, weights, self.average)
        flat = combined.reshape(-1, combined.shape[-1])
        found = malignancy(flat, self.malignant).reshape(len(weights), -1)
        found = np.clip(found, _LEAST, 1 - _LEAST)
        likelihood = np.where(self.labels == 1, found, 1 - found)
        return np.asarray(-np.log(likelihood).mean(axis=1))


@dataclass(frozen=True, eq=False)
class Choice:
    """Weights, and what they would have been without each fifth of val.

    Attributes:
        weights: (members,), 0 to 1; they add up to 1.
        val: (images, outputs), each image predicted with weights that it didn't choose.
    """

    weights: Weights
    val: Outputs


def choose_weights(val: Scored, weighting: Weighting, seed: int) -> Choice:
    """Choose the weights of the members by the log loss on val.

    Args:
        val: predictions and truth.
        weighting: equal: all members count alike. subset: some count alike, the others not at all;
            every subset is tried. fitted: any weights from 0 to 1.
        seed: of the folds.

    Raises:
        DataError: a class has fewer lesions than there are folds.
    """
    count = len(val.outputs)
    if weighting == "equal":
        weights = np.full(count, 1 / count)
        return Choice(weights, combine(val.outputs, weights, val.average))
    choose = CHOOSERS[weighting]
    predicted = np.empty(val.outputs.shape[1:])
    for held_out in _folds(val, seed):
        weights = choose(val.part(~held_out))
        predicted[held_out] = combine(val.outputs[:, held_out], weights, val.average)
    return Choice(choose(val), predicted)


def best_subset(val: Scored) -> Weights:
    """Try every subset and return the weights of the best, of equals the one of fewest members."""
    sets = _subsets(len(val.outputs))
    losses = np.concatenate(
        [val.losses(sets[start : start + _CHUNK]) for start in range(0, len(sets), _CHUNK)]
    )
    best: Weights = sets[int(np.argmin(losses.round(12)))]
    return best


def fitted_weights(val: Scored) -> Weights:
    """Return the weights of the lowest loss, with DECIMALS decimals."""

    def loss(free: NDArray[np.float64]) -> float:
        return float(val.losses(_softmax(free)[None])[0])

    count = len(val.outputs)
    found = minimize(loss, np.zeros(count), method="L-BFGS-B", bounds=[_BOUNDS] * count)
    rounded = _softmax(found.x).round(DECIMALS)
    rounded[np.argmax(rounded)] += 1 - rounded.sum()
    return rounded.round(DECIMALS)


CHOOSERS: Final[dict[str, Callable[[Scored], Weights]]] = {
    "subset": best_subset,
    "fitted": fitted_weights,
}
_BOUNDS: Final = (-8.0, 8.0)


def _softmax(free: NDArray[np.float64]) -> Weights:
    raised = np.exp(free - free.max())
    return np.asarray(raised / raised.sum())


def _subsets(count: int) -> Weights:
    """Return the weights (subsets, members) of every subset, those of fewest members first."""
    numbers = np.arange(1, 2**count)
    chosen = (numbers[:, None] >> np.arange(count) & 1).astype(np.float64)
    ordered = chosen[np.argsort(chosen.sum(axis=1), kind="stable")]
    return np.asarray(ordered / ordered.sum(axis=1, keepdims=True))


def _folds(val: Scored, seed: int) -> list[NDArray[np.bool_]]:
    """Return for each fold which images are in it: whole lesions, both classes in every fold."""
    lesions = np.asarray(val.lesions)
    fewest = min(len(np.unique(lesions[val.labels == label])) for label in (0, 1))
    if fewest < FOLDS:
        raise DataError(
            f"weights can't be chosen out of fold: expected {FOLDS} lesions of each class in val, "
            f"received {fewest}; use equal weights"
        )
    divider = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    divided = divider.split(val.labels, val.labels, lesions)
    return [np.isin(np.arange(len(lesions)), held_out) for _, held_out in divided]
