"""The mean of probabilities, or of their logarithms: in numpy here, in Keras in network.py."""

from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.ensemble.members import Outputs

Average = Literal["probabilities", "logits"]
# No member is taken to be more certain than this: predictions are rounded to 6 decimals, and the
# logarithm of one that is rounded to 0 would outweigh all others.
FLOOR: Final = 1e-4


def combine(outputs: Outputs, weights: NDArray[np.float64], average: Average) -> Outputs:
    """Average the members' probabilities.

    Args:
        outputs: (members, images, outputs), the probability of malignancy, or of each diagnosis.
        weights: (members,), which add up to 1; or (sets, members).
        average: probabilities: their mean. logits: the softmax of the mean of their logarithms,
            which of two classes is the mean of the log odds.

    Returns:
        (images, outputs), or (sets, images, outputs); 0 to 1.
    """
    if average == "probabilities":
        return np.asarray(np.tensordot(weights, outputs, axes=1))
    binary = outputs.shape[-1] == 1
    classes = np.concatenate([1 - outputs, outputs], axis=-1) if binary else outputs
    mean = np.tensordot(weights, np.log(np.maximum(classes, FLOOR)), axes=1)
    raised = np.exp(mean - mean.max(axis=-1, keepdims=True))
    shares: Outputs = raised / raised.sum(axis=-1, keepdims=True)
    return shares[..., 1:] if binary else shares
