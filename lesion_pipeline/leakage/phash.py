"""A perceptual hash: what an image looks like from afar, in 255 signs.

The signs of the low frequencies of the discrete cosine transform of the small grey image, as in
Zauner 2010, Implementation and Benchmarking of Perceptual Image Hash Functions (thesis, Upper
Austria University of Applied Sciences, Hagenberg), but 16 x 16 of them instead of 8 x 8, because
most dermoscopic images are a dark blob in the middle and share the lowest; and against 0 instead
of the median, so that mirroring and turning an image only changes some signs and their order.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dctn

SIZE: Final = 32  # pixels a side of the image that is transformed
SIDE: Final = 16  # frequencies a side that are kept
BITS: Final = SIDE * SIDE - 1  # the mean, frequency 0, says nothing of shape
_LUMA: Final = (0.299, 0.587, 0.114)  # ITU-R BT.601


def signs(image: NDArray[np.uint8]) -> NDArray[np.int8]:
    """Hash an image.

    Args:
        image: (SIZE, SIZE, 3), uint8, red, green, blue.

    Returns:
        (BITS,), int8, 1 or -1; of an image of one colour all are -1.
    """
    grey = image.astype(np.float64) @ np.array(_LUMA)
    kept = dctn(grey - grey.mean(), norm="ortho")[:SIDE, :SIDE].ravel()[1:]
    return np.where(kept > 1e-9, 1, -1).astype(np.int8)  # what is 0 comes out a hair off it


def turned(hashes: NDArray[np.int8]) -> NDArray[np.int8]:
    """Give the hashes of images turned by quarters and mirrored.

    Mirroring an image changes the sign of its odd frequencies, transposing it transposes them.
    A quarter turn of an image that was squashed to a square is one of the square, too.

    Args:
        hashes: (images, BITS), 1 or -1.

    Returns:
        (images, 8, BITS), the image as it is first.
    """
    return np.asarray(hashes[:, _ORDER] * _FLIP)


def _symmetries() -> tuple[NDArray[np.int64], NDArray[np.int8]]:
    cells = np.arange(SIDE * SIDE).reshape(SIDE, SIDE)
    alternate = np.resize([1, -1], SIDE).astype(np.int8)
    same = np.ones(SIDE, dtype=np.int8)
    orders, flips = [], []
    for order in (cells, cells.T):
        for rows in (same, alternate):
            for columns in (same, alternate):
                orders.append(order.ravel()[1:] - 1)
                flips.append(np.outer(rows, columns).ravel()[1:])
    return np.stack(orders), np.stack(flips)


_ORDER, _FLIP = _symmetries()
