"""How near a runtime comes to the probabilities that all scores were computed from."""

from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.bundle.results import Agreement
from lesion_pipeline.core.labels import decide, malignancy
from lesion_pipeline.statistics.metrics import Labels, ranking_metrics

Outputs = NDArray[np.floating[Any]]  # (images, outputs), 0 to 1


def agreement(
    labels: Labels, reference: Outputs, outputs: Outputs, malignant: Collection[str],
    threshold: float,
) -> Agreement:  # fmt: skip
    """Compare the outputs of two runtimes for the same images.

    Args:
        labels: (images,), 0 or 1.
        reference: the outputs that are right.
        outputs: those that are compared with them, of the same shape.
        malignant: the diagnoses whose probabilities are summed.
        threshold: of the decision, 0 to 1.

    Raises:
        DataError: there is one class only, or an output is not a probability.
        ValueError: the shapes differ.
    """
    if outputs.shape != reference.shape:
        raise ValueError(f"expected outputs {reference.shape}, received {outputs.shape}")
    right, compared = malignancy(reference, malignant), malignancy(outputs, malignant)
    areas = [ranking_metrics(labels, each)["roc_auc"] for each in (right, compared)]
    difference = np.abs(outputs.astype(np.float64) - reference.astype(np.float64))
    same = decide(right, threshold) == decide(compared, threshold)
    return Agreement(
        max_probability_difference=float(difference.max()),
        roc_auc_difference=float(areas[1] - areas[0]),
        same_decisions=float(same.mean()),
        images=len(labels),
    )
