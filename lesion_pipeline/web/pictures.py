"""From the bytes that were sent to the network's square, within the server's own limits."""

import io
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lesion_pipeline.bundle.results import ImageContract
from lesion_pipeline.core.errors import DataError
from lesion_pipeline.images import MOST_PIXELS, read_image

ORIENTATION: Final = 0x0112  # the EXIF tag
TURNED: Final = (5, 6, 7, 8)  # its values that exchange width and height


def decoded(content: bytes, contract: ImageContract, most_pixels: int) -> NDArray[np.uint8]:
    """Decode an image by the project's decoder.

    Args:
        content: a JPEG or PNG file.
        contract: size and resize of the square.
        most_pixels: more are refused before they are decoded; at most MOST_PIXELS counts.

    Returns:
        uint8 (1, size, size, 3), 0 to 255.

    Raises:
        DataError: as `images.read_image`.
    """
    if most_pixels < MOST_PIXELS:
        _check_pixels(content, most_pixels)
    return read_image(content, contract.size, contract.resize)[None]


def shown_size(content: bytes, longest: int) -> tuple[int, int]:
    """Return width and height at which an image that can be decoded is shown.

    Args:
        content: a JPEG or PNG file.
        longest: side in pixels; smaller images keep their size.
    """
    with Image.open(io.BytesIO(content), formats=("JPEG", "PNG")) as image:
        width, height = image.size
        if image.getexif().get(ORIENTATION) in TURNED:
            width, height = height, width
    scale = min(1, longest / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _check_pixels(content: bytes, most: int) -> None:
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG")) as image:
            width, height = image.size
    except Exception:  # the decoder tells the reason
        return
    if width * height > most:
        raise DataError(f"expected at most {most:,} pixels, received {width} x {height}")
