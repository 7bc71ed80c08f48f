"""What the classes are called, which side is positive, and how a probability becomes a decision."""

from collections.abc import Collection
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

DIAGNOSES: Final[dict[str, str]] = {
    "akiec": "actinic keratosis or intraepithelial carcinoma",
    "bcc": "basal cell carcinoma",
    "bkl": "benign keratosis-like lesion",
    "df": "dermatofibroma",
    "mel": "melanoma",
    "nv": "melanocytic nevus",
    "vasc": "vascular lesion",
}
MALIGNANT: Final = ("akiec", "bcc", "mel")  # as HAM10000 is used; fetch.malignant may differ
CLASSES: Final = ("benign", "malignant")  # position = label; malignant (1) is the positive side
SPLITS: Final = ("train", "val", "test")

# The probability of a lesion with several images: their mean, or the highest of them.
LesionRule = Literal["mean", "max"]

LABEL: Final = "label"  # column: 0 benign, 1 malignant
PROBABILITY: Final = "probability"  # column: probability of malignancy, 0 to 1


def is_malignant(diagnoses: ArrayLike, malignant: Collection[str]) -> NDArray[np.int64]:
    """Label diagnoses: 1 for those in `malignant`, 0 for the others, as int64 of the same shape."""
    return np.isin(np.asarray(diagnoses, dtype=str), list(malignant)).astype(np.int64)


def malignancy(outputs: ArrayLike, malignant: Collection[str]) -> NDArray[np.floating[Any]]:
    """Return the probability of malignancy from the outputs of a network.

    Args:
        outputs: (images, 1), that probability itself; or (images, 7), the probabilities of the
            diagnoses in the order of DIAGNOSES, of which the malignant ones are summed.
        malignant: which diagnoses those are.

    Returns:
        (images,), of the type of `outputs`, 0 to 1.

    Raises:
        ValueError: another number of columns.
    """
    values = np.asarray(outputs)
    if values.ndim != 2 or values.shape[1] not in (1, len(DIAGNOSES)):
        raise ValueError(f"expected 1 or {len(DIAGNOSES)} columns, received shape {values.shape}")
    if values.shape[1] == 1:
        return values[:, 0]
    total = values[:, is_malignant(list(DIAGNOSES), malignant) == 1].sum(axis=1)
    return np.asarray(np.minimum(total, 1))  # rounding may leave it a hair above


def decide(probabilities: ArrayLike, threshold: float) -> NDArray[np.int64]:
    """Decide by the project's one rule: malignant (1) when probability >= threshold."""
    return (np.asarray(probabilities) >= threshold).astype(np.int64)
