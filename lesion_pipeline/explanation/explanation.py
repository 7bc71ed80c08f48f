"""What an explanation is, without TensorFlow."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Maps = NDArray[np.float32]  # (images, size, size), 0 to 1

BATCH: Final = 16  # images in the network at a time


@dataclass(frozen=True)
class Explanation:
    """Two maps of some images, each scaled to 0..1 for each image; all 0 if nothing counts.

    Attributes:
        evidence: how much a place raises the log odds of malignancy.
        saliency: how much the log odds depend on a pixel, in either direction.
    """

    evidence: Maps
    saliency: Maps
