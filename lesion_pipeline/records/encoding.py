"""How the pixels of an image lie in a record: as they are, or as a PNG or JPEG file.

Of both kinds of file the pixels are the same whichever library reads them: PNG loses nothing, and
the accurate integer transform of a JPEG and the smooth enlargement of its colours are fixed to the
bit in libjpeg-turbo, which Pillow and TensorFlow share. The installed Pillow writes the same bytes
on every processor (tests/portability).
"""

import io
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lesion_pipeline.records.manifest import Encoding
from lesion_pipeline.tf.load import tf

# For PNG the quickest compression: others take 2 to 12 times as long for 5 to 12 % less.
# For JPEG full resolution of colours, by which a lesion is told.
_SAVE: Final[dict[str, dict[str, Any]]] = {
    "png": {"format": "PNG", "compress_level": 1},
    "jpeg": {"format": "JPEG", "quality": 95, "subsampling": 0},
}


def encoded(image: NDArray[np.uint8], encoding: Encoding) -> bytes:
    """Return the bytes of an image (uint8, (size, size, 3)); the same image gives the same bytes.

    With `raw` they are its values row by row, with `png` and `jpeg` a file of that kind.
    """
    if encoding == "raw":
        return image.tobytes()
    file = io.BytesIO()
    Image.fromarray(image).save(file, **_SAVE[encoding])
    return file.getvalue()


def pixels(content: Any, encoding: Encoding, size: int) -> Any:
    """Return the image, uint8 tensor (size, size, 3), of what `encoded` returned.

    Args:
        content: a scalar tensor of type string.
        encoding: how it was encoded. With `jpeg` the values differ slightly from those encoded.
        size: side of the image in pixels.
    """
    if encoding == "raw":
        values = tf.io.decode_raw(content, tf.uint8)
    elif encoding == "png":
        values = tf.io.decode_png(content, channels=3)
    else:
        values = tf.io.decode_jpeg(
            content, channels=3, dct_method="INTEGER_ACCURATE", fancy_upscaling=True
        )
    return tf.reshape(values, (size, size, 3))
