"""Draw one image of the generated sample: skin, lesion, hair, then the view of a dermatoscope.

The pictures only look like dermoscopy, so that the pipeline can run without a download. They
have no medical meaning: what is measured on them doesn't hold for patients.
"""

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.sample.lesion import Canvas, draw_shape, paint_lesion
from lesion_pipeline.sample.noise import HEIGHT, WIDTH, stream
from lesion_pipeline.sample.skin import grow_hair, grow_skin
from lesion_pipeline.sample.traits import draw_traits
from lesion_pipeline.sample.view import frame_mask, photograph


def draw_sample_mask(lesion_id: str, dx: str, view: int, seed: int) -> NDArray[np.uint8]:
    """Draw where the lesion is in the image of the same arguments.

    Returns:
        uint8 array of shape (450, 600): 255 inside the lesion, 0 outside; hair, rulers and bubbles
        over it make no difference.

    Raises:
        DataError: the diagnosis is unknown.
    """
    traits = draw_traits(lesion_id, dx, seed)
    shape = draw_shape(stream(seed, lesion_id, dx, "lesion"), traits)
    return frame_mask(stream(seed, lesion_id, "view", view), shape.mask)


def draw_sample_image(lesion_id: str, dx: str, view: int, seed: int) -> NDArray[np.uint8]:
    """Draw a generated image, without medical meaning.

    It depends on the arguments alone. Views of one lesion show the same skin, lesion and hair
    under another angle, zoom, shift and light.

    Args:
        lesion_id: the lesion's name.
        dx: its diagnosis, one of the keys of lesion_pipeline.core.labels.DIAGNOSES.
        view: which photograph of the lesion, from 0.
        seed: of the collection.

    Returns:
        uint8 array of shape (450, 600, 3): height, width, RGB, 0 to 255.

    Raises:
        DataError: the diagnosis is unknown.
    """
    traits = draw_traits(lesion_id, dx, seed)
    canvas = Canvas(
        np.empty((HEIGHT, WIDTH), np.float32),
        np.empty((HEIGHT, WIDTH), np.float32),
        (0.0, 0.0, 0.0),
        np.empty((3, HEIGHT, WIDTH), np.float32),
    )
    grow_skin(stream(seed, lesion_id, "skin"), canvas)
    paint_lesion(stream(seed, lesion_id, dx, "lesion"), traits, canvas)
    grow_hair(stream(seed, lesion_id, "hair"), canvas)
    return photograph(stream(seed, lesion_id, "view", view), canvas.rgb)
