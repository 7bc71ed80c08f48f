"""The images that were called wrongly, at a glance."""

from pathlib import Path
from typing import Final

import pandas as pd
from matplotlib.figure import Figure

from lesion_pipeline import charts
from lesion_pipeline.images import read_image

SHOWN: Final = 24  # mistakes, the most confident ones
SIZE: Final = 150  # pixels


def contact_sheet(mistakes: pd.DataFrame, images: Path, generated: bool) -> dict[str, Figure]:
    """Draw the most confident mistakes, if the images may be shown.

    Pictures of results are kept in git. Images of a collection don't belong there: HAM10000's are
    CC BY-NC 4.0, and a collection of one's own may show patients. So only generated ones are drawn.

    Args:
        mistakes: image_id, dx, probability, kind; the first ones are shown. All could be decoded
            before.
        images: folder with <image_id>.<suffix>.
        generated: whether a program drew the images.

    Returns:
        The figure `mistakes`; nothing of real images, or if there is no mistake.
    """
    shown = mistakes.head(SHOWN)
    if not generated or shown.empty:
        return {}
    files = {file.stem: file for file in images.iterdir()}
    pictures = [read_image(files[image_id], SIZE, "squash") for image_id in shown["image_id"]]
    captions = [
        f"{kind.replace('_', ' ')}\n{dx}, p = {probability:.3g}"
        for kind, dx, probability in zip(
            shown["kind"], shown["dx"], shown["probability"], strict=True
        )
    ]
    title = "Mistakes on test, the most confident first. Generated, without medical meaning"
    return {"mistakes": charts.contact_chart(pictures, captions, title)}
