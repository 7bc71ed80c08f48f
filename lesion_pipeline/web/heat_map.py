"""A map of evidence as a PNG that can be laid over the picture it is of."""

import io
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lesion_pipeline.images import Resize, placed_on, read_pixels
from lesion_pipeline.web.pictures import shown_size

LONGEST: Final = 640  # pixels; the map itself has no more than a few hundred
OPACITY: Final = 0.75  # of the highest evidence, over the grey picture
# Nine colours of matplotlib's `inferno`, evenly spaced: it grows lighter throughout, so it can be
# read without colour vision, and in print.
_COLOURS: Final = np.array(
    [
        (0, 0, 4), (31, 12, 72), (85, 15, 109), (136, 34, 106), (186, 54, 85), (227, 89, 51),
        (249, 140, 10), (249, 201, 50), (252, 255, 164),
    ],
    np.float64,
)  # fmt: skip


def transparent(shares: NDArray[np.float32], content: bytes, resize: Resize) -> bytes:
    """Return a map as a PNG with the aspect of its picture, the clearer the lower the evidence.

    Args:
        shares: (size, size), 0 to 1.
        content: the picture, a JPEG or PNG file.
        resize: how the square was made of it.
    """
    values = _placed(shares, content, resize)
    layers = np.dstack([_coloured(values), 255 * values])
    return _png(Image.fromarray(layers.round().astype(np.uint8)))


def over_picture(shares: NDArray[np.float32], content: bytes, resize: Resize) -> bytes:
    """Return the grey picture under its map as an opaque PNG; arguments as `transparent`."""
    values = _placed(shares, content, resize)
    height, width = values.shape
    picture = Image.fromarray(read_pixels(content)).convert("L").resize((width, height))
    alpha = OPACITY * values[..., None]
    mixed = (1 - alpha) * np.asarray(picture)[..., None] + alpha * _coloured(values)
    return _png(Image.fromarray(mixed.round().astype(np.uint8)))


def _placed(shares: NDArray[np.float32], content: bytes, resize: Resize) -> NDArray[np.float32]:
    width, height = shown_size(content, LONGEST)
    return np.clip(placed_on(shares, width, height, resize), 0, 1)


def _coloured(values: NDArray[np.float32]) -> NDArray[np.float64]:
    steps = np.linspace(0, 1, len(_COLOURS))
    return np.dstack([np.interp(values, steps, channel) for channel in _COLOURS.T])


def _png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=4)
    return file.getvalue()
