"""The images that were classified wrongly, side by side."""

from pathlib import Path
from typing import Final

import pandas as pd
from matplotlib.figure import Figure

from lesion_pipeline.charts.gallery import contact_chart
from lesion_pipeline.images import image_files, read_image

SHOWN: Final = 24  # mistakes, the most confident ones
SIZE: Final = 150  # pixels


def contact_sheet(mistakes: pd.DataFrame, images: Path, generated: bool) -> dict[str, Figure]:
    """Draw the most confident mistakes, if the images may be shown.

    Pictures in plots/ are kept in git, where images of a collection don't belong: HAM10000's are
    CC BY-NC 4.0, and those of another collection may show patients. So only generated ones are
    drawn.

    Args:
        mistakes: image_id, dx, probability, kind; the first ones are shown. `preprocess` could
            decode all of them.
        images: folder with <image_id>.<suffix>.
        generated: whether a program drew the images.

    Returns:
        The figure `mistakes`; nothing for real images, or if there is no mistake.
    """
    shown = mistakes.head(SHOWN)
    if not generated or shown.empty:
        return {}
    files = image_files(images)
    pictures = [read_image(files[image_id], SIZE, "squash") for image_id in shown["image_id"]]
    captions = [
        f"{mistake.replace('_', ' ')}\n{dx}, p = {probability:.3g}"
        for mistake, dx, probability in zip(
            shown["kind"], shown["dx"], shown["probability"], strict=True
        )
    ]
    title = "Mistakes on test, the most confident first. Generated, without medical meaning"
    return {"mistakes": contact_chart(pictures, captions, title)}
