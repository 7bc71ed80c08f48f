"""Test-time augmentation around any runtime: predictions averaged over copies of each image.

The same copies as in inference/tta.py, which builds them into a Keras network.
"""

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.bundle.batching import Runtime


def average_copies(run: Runtime, copies: int, built_in: int = 1) -> Runtime:
    """Average a network's outputs over copies of each image.

    Args:
        run: the network.
        copies: how many to average in total: 1: the image itself; 4: plain, mirrored, upside
            down, both; 8: these, and transposed.
        built_in: how many of them the network averages itself; those are not averaged again.

    Returns:
        A runtime with the same shapes, that does `copies / built_in` times the work.
    """
    if copies <= built_in:
        return run

    def averaged(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        outputs = [run(np.ascontiguousarray(each)) for each in _copies(images, copies, built_in)]
        return np.asarray(np.mean(outputs, axis=0, dtype=np.float32))

    return averaged


def _copies(images: NDArray[np.uint8], copies: int, built_in: int) -> list[NDArray[np.uint8]]:
    made = [images] if copies == 4 else [images, images.transpose(0, 2, 1, 3)]
    for axis in (1, 2) if built_in == 1 else ():
        made += [np.flip(each, axis=axis) for each in made]
    return made
