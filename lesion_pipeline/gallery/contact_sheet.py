"""The images that were classified wrongly, side by side."""

from pathlib import Path
from typing import Final

import pandas as pd
from matplotlib.figure import Figure

from lesion_pipeline.gallery.rules import PictureRules
from lesion_pipeline.gallery.sheet import sheet

SHOWN: Final = 24  # mistakes, the most confident ones


def contact_sheet(mistakes: pd.DataFrame, images: Path, rules: PictureRules) -> dict[str, Figure]:
    """Draw the most confident mistakes, if images are drawn.

    Args:
        mistakes: image_id, dx, probability, kind; the first ones are shown.
        images: folder with <image_id>.<suffix>.
        rules: whether images are drawn.

    Returns:
        The figure `mistakes`; nothing if images aren't drawn, or there is no mistake.
    """
    shown = mistakes.head(SHOWN)
    captions = [
        f"{mistake.replace('_', ' ')}\n{dx}, p = {probability:.3g}"
        for mistake, dx, probability in zip(
            shown["kind"], shown["dx"], shown["probability"], strict=True
        )
    ]
    title = "Mistakes on test, the most confident first"
    return sheet("mistakes", list(shown["image_id"]), captions, title, images, rules)
