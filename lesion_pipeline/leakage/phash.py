"""A perceptual hash: the coarse look of an image in 255 signs.

The signs of the low frequencies of the discrete cosine transform of the small grey image, as in
Zauner 2010, Implementation and Benchmarking of Perceptual Image Hash Functions (thesis, Upper
Austria University of Applied Sciences, Hagenberg), but 16 x 16 of them instead of 8 x 8, because
most dermoscopic images are a dark blob in the middle and share the lowest; and compared with 0
instead of the median, so that mirroring and turning an image only changes some signs and their
order.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dctn

from lesion_pipeline.leakage.params import HASH_SIDE

SIZE: Final = 32  # pixels on each side of the image that is transformed
_LUMA: Final = (0.299, 0.587, 0.114)  # ITU-R BT.601


def signs(image: NDArray[np.uint8]) -> NDArray[np.int8]:
    """Hash an image.

    Args:
        image: (SIZE, SIZE, 3), uint8, red, green, blue.

    Returns:
        (HASH_BITS,), int8, 1 or -1; all -1 for an image of one colour.
    """
    grey = image.astype(np.float64) @ np.array(_LUMA)
    kept = dctn(grey - grey.mean(), norm="ortho")[:HASH_SIDE, :HASH_SIDE].ravel()[1:]
    return np.where(kept > 1e-9, 1, -1).astype(np.int8)  # a frequency of 0 is computed as nearly 0


def turned(hashes: NDArray[np.int8]) -> NDArray[np.int8]:
    """Return the hashes of images turned by quarters and mirrored.

    Mirroring an image changes the sign of its odd frequencies, transposing it transposes them.
    A quarter turn of an image that was squashed to a square is one of the square, too.

    Args:
        hashes: (images, HASH_BITS), 1 or -1.

    Returns:
        (images, 8, HASH_BITS), the unchanged image first.
    """
    return np.asarray(hashes[:, _ORDER] * _FLIP)


def _symmetries() -> tuple[NDArray[np.int64], NDArray[np.int8]]:
    cells = np.arange(HASH_SIDE**2).reshape(HASH_SIDE, HASH_SIDE)
    alternate = np.resize([1, -1], HASH_SIDE).astype(np.int8)
    same = np.ones(HASH_SIDE, dtype=np.int8)
    orders, flips = [], []
    for order in (cells, cells.T):
        for rows in (same, alternate):
            for columns in (same, alternate):
                orders.append(order.ravel()[1:] - 1)
                flips.append(np.outer(rows, columns).ravel()[1:])
    return np.stack(orders), np.stack(flips)


_ORDER, _FLIP = _symmetries()
