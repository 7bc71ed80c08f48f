"""Test-time views around any runtime: mirrored and turned copies of the images, averaged."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.bundle.runtimes import Predict

VIEWS: Final = (1, 4, 8)  # plain; beside it the mirrored ones; beside those all transposed


def average_views(run: Predict, views: int, own: int = 1) -> Predict:
    """Average what a network says of several views of each image.

    Args:
        run: the network.
        views: how many views to average in all: 1, 4 or 8, as model/views.py has them.
        own: how many of them the network averages itself: those are not averaged again.

    Returns:
        A runtime with the same shapes, at `views / own` times the work.
    """
    if views <= own:
        return run

    def averaged(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        said = [run(np.ascontiguousarray(copy)) for copy in _copies(images, views, own)]
        return np.asarray(np.mean(said, axis=0, dtype=np.float32))

    return averaged


def _copies(images: NDArray[np.uint8], views: int, own: int) -> list[NDArray[np.uint8]]:
    seen = [images] if views == 4 else [images, images.transpose(0, 2, 1, 3)]
    for axis in (1, 2) if own == 1 else ():
        seen += [np.flip(copy, axis=axis) for copy in seen]
    return seen
