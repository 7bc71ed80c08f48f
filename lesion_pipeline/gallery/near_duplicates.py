"""Pairs of images that look alike, side by side."""

from pathlib import Path
from typing import Final

import pandas as pd
from matplotlib.figure import Figure

from lesion_pipeline.gallery.sheet import sheet

SHOWN: Final = 9  # pairs


def near_duplicates(pairs: pd.DataFrame, images: Path, generated: bool) -> dict[str, Figure]:
    """Draw the first pairs side by side, if the images may be shown.

    Args:
        pairs: as `audit` returns them.
        images: folder with <image_id>.<suffix>.
        generated: whether a program drew the images.

    Returns:
        The figure `closest`; nothing for real images, or if there are no pairs.
    """
    names, captions = [], []
    for pair in pairs.head(SHOWN).to_dict("records"):
        for side in ("a", "b"):
            names.append(pair[f"image_id_{side}"])
            captions.append(
                f"{pair[f'lesion_id_{side}']}, {pair[f'dx_{side}']}, {pair[f'split_{side}']}\n"
                f"hash {pair['hash_distance']}, similarity {pair['similarity']:.2f}"
            )
    title = "Different lesions that look alike"
    return sheet("closest", names, captions, title, images, generated)
