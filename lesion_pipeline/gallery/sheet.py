"""Images of a collection side by side, if they may be shown.

Pictures in plots/ are kept in git, where images of a collection don't belong: HAM10000's are
CC BY-NC 4.0, and those of another collection may show patients. So only generated ones are drawn.
"""

from pathlib import Path
from typing import Final

from matplotlib.figure import Figure

from lesion_pipeline.charts.gallery import contact_chart
from lesion_pipeline.images import image_files, read_image

SIZE: Final = 150  # pixels


def sheet(
    name: str,
    image_ids: list[str],
    captions: list[str],
    title: str,
    images: Path,
    generated: bool,
) -> dict[str, Figure]:
    """Draw images with captions.

    Args:
        name: of the figure.
        image_ids: the images, in their order; `preprocess` could decode all of them.
        captions: one per image.
        title: what is shown.
        images: folder with <image_id>.<suffix>.
        generated: whether a program drew the images.

    Returns:
        The figure by its name; nothing for real images, or if there are none to show.
    """
    if not generated or not image_ids:
        return {}
    files = image_files(images)
    pictures = [read_image(files[image_id], SIZE, "squash") for image_id in image_ids]
    return {name: contact_chart(pictures, captions, f"{title}. Generated, without medical meaning")}
