"""Pairs of images that look alike, side by side."""

from pathlib import Path
from typing import Final

import pandas as pd
from matplotlib.figure import Figure

from lesion_pipeline.charts.gallery import contact_chart
from lesion_pipeline.images import image_files, read_image

SHOWN: Final = 9  # pairs
SIZE: Final = 150  # pixels


def near_duplicates(pairs: pd.DataFrame, images: Path, generated: bool) -> dict[str, Figure]:
    """Draw the first pairs side by side, if the images may be shown.

    Pictures in plots/ are kept in git, where images of a collection don't belong: HAM10000's are
    CC BY-NC 4.0, and those of another collection may show patients. So only generated ones are
    drawn.

    Args:
        pairs: as `audit` returns them.
        images: folder with <image_id>.<suffix>.
        generated: whether a program drew the images.

    Returns:
        The figure `closest`; nothing for real images, or if there are no pairs.
    """
    shown = pairs.head(SHOWN)
    if not generated or shown.empty:
        return {}
    files = image_files(images)
    pictures, captions = [], []
    for pair in shown.to_dict("records"):
        for side in ("a", "b"):
            pictures.append(read_image(files[pair[f"image_id_{side}"]], SIZE, "squash"))
            captions.append(
                f"{pair[f'lesion_id_{side}']}, {pair[f'dx_{side}']}, {pair[f'split_{side}']}\n"
                f"hash {pair['hash_distance']}, similarity {pair['similarity']:.2f}"
            )
    title = "Different lesions that look alike. Generated, without medical meaning"
    return {"closest": contact_chart(pictures, captions, title)}
