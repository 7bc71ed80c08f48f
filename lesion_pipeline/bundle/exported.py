"""The network that is exported, in the forms that the formats are written from."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.images import Resize


@dataclass(frozen=True)
class ExportedNetwork:
    """A network and what its formats need beside it.

    Attributes:
        model: the Keras model, from uint8 RGB (images, size, size, 3) to probabilities.
        file: a .keras file of this very model; None if it was changed after loading.
        graph: the model as a concrete function whose weights are constants, its batch
            normalisation folded: a converter would fold it by the processor's own approximations.
            With variables the TFLite converter writes a file that gives NaN.
        resize: how an image is brought to the network's square.
        examples: returns training images, uint8 (images, size, size, 3), in which int8 sees the
            range of each tensor.
    """

    model: Any
    file: Path | None
    graph: Any
    resize: Resize
    examples: Callable[[], NDArray[np.uint8]]
