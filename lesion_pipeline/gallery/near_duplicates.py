"""Pairs of images that look alike, side by side."""

from pathlib import Path
from typing import Any, Final

import pandas as pd
from matplotlib.figure import Figure

from lesion_pipeline.charts.gallery import ImagePair, pairs_chart
from lesion_pipeline.gallery.rules import PictureRules
from lesion_pipeline.gallery.sheet import thumbnails

SHOWN: Final = 9  # pairs
TITLE: Final = "Different lesions that look alike"
# As leakage.audit ranks them.
ORDER: Final = (
    "Order: pairs across splits before those within one; of each, those alike by hash first; "
    "then the most similar"
)


def near_duplicates(pairs: pd.DataFrame, images: Path, rules: PictureRules) -> dict[str, Figure]:
    """Draw the first pairs side by side, if images are drawn.

    Args:
        pairs: as `audit` returns them.
        images: folder with <image_id>.<suffix>.
        rules: whether images are drawn.

    Returns:
        The figure `closest`; nothing if images aren't drawn, or if there are no pairs.
    """
    if not rules.drawn or pairs.empty:
        return {}
    rows = pairs.head(SHOWN).to_dict("records")
    shown = [_pair(number, row, images) for number, row in enumerate(rows, start=1)]
    return {"closest": pairs_chart(shown, f"{rules.title(TITLE)}\n{ORDER}")}


def _pair(number: int, row: dict[Any, Any], images: Path) -> ImagePair:
    first, second = thumbnails([row["image_id_a"], row["image_id_b"]], images)
    a, b = row["split_a"], row["split_b"]
    splits = f"within {a}" if a == b else f"across {a} and {b}"
    similarity = "" if pd.isna(row["similarity"]) else f", similarity {row['similarity']:.2f}"
    return ImagePair(
        (first, second),
        f"{number}. {splits}\nhash distance {row['hash_distance']}{similarity}",
        (_caption(row, "a"), _caption(row, "b")),
    )


def _caption(row: dict[Any, Any], side: str) -> str:
    return f"{row[f'lesion_id_{side}']}\n{row[f'dx_{side}']}, {row[f'split_{side}']}"
