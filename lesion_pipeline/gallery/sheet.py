"""Images of a collection side by side, if they are drawn."""

from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from lesion_pipeline.charts.gallery import contact_chart
from lesion_pipeline.gallery.rules import PictureRules
from lesion_pipeline.images import image_files, read_image

SIZE: Final = 150  # pixels


def sheet(
    name: str,
    image_ids: list[str],
    captions: list[str],
    title: str,
    images: Path,
    rules: PictureRules,
) -> dict[str, Figure]:
    """Draw images with captions.

    Args:
        name: of the figure.
        image_ids: the images, in their order; `preprocess` could decode all of them.
        captions: one per image.
        title: what is shown.
        images: folder with <image_id>.<suffix>.
        rules: whether images are drawn.

    Returns:
        The figure by its name; nothing if images aren't drawn, or if there are none to show.
    """
    if not rules.drawn or not image_ids:
        return {}
    pictures = thumbnails(image_ids, images)
    return {name: contact_chart(pictures, captions, rules.title(title))}


def thumbnails(image_ids: list[str], images: Path) -> list[NDArray[np.uint8]]:
    """Read images of a folder as small squares: uint8 (SIZE, SIZE, 3)."""
    files = image_files(images)
    return [read_image(files[image_id], SIZE, "squash") for image_id in image_ids]
