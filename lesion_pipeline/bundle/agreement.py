"""How near another runtime comes to the probabilities that everything else was computed from."""

from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.core.labels import decide, malignancy
from lesion_pipeline.evaluation.metrics import Labels, ranking_metrics

Said = NDArray[np.floating[Any]]  # (images, outputs), 0 to 1


def parity(
    labels: Labels, reference: Said, said: Said, malignant: Collection[str], threshold: float
) -> dict[str, float]:
    """Compare what two runtimes say of the same images.

    Args:
        labels: (images,), 0 or 1.
        reference: what is taken for right.
        said: what is compared with it, of the same shape.
        malignant: the diagnoses that are summed.
        threshold: of the decision, 0 to 1.

    Returns:
        max_probability_difference: the largest over images and outputs, 0 to 1;
        roc_auc_difference: of the probability of malignancy, below 0 where `said` ranks worse;
        agreement: the part of the images on which both decide the same.

    Raises:
        DataError: one class only, or a probability that is none.
        ValueError: the shapes differ.
    """
    if said.shape != reference.shape:
        raise ValueError(f"expected outputs {reference.shape}, received {said.shape}")
    first, second = malignancy(reference, malignant), malignancy(said, malignant)
    area, other = (ranking_metrics(labels, of)["roc_auc"] for of in (first, second))
    difference = np.abs(said.astype(np.float64) - reference.astype(np.float64))
    return {
        "max_probability_difference": float(difference.max()),
        "roc_auc_difference": other - area,
        "agreement": float((decide(first, threshold) == decide(second, threshold)).mean()),
    }
