"""An overview of the collection: counts and pictures."""

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any, Final

import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from lesion_pipeline.charts.collection import (
    age_chart,
    categories_chart,
    diagnoses_chart,
    lesions_chart,
)
from lesion_pipeline.charts.gallery import examples_chart
from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.labels import SPLITS
from lesion_pipeline.gallery.rules import PictureRules
from lesion_pipeline.images import image_files, read_image
from lesion_pipeline.vocabulary import labels_of

EXAMPLES: Final = 6  # of each diagnosis
EXAMPLE_SIZE: Final = 150  # pixels


def class_table(table: pd.DataFrame) -> pd.DataFrame:
    """Count images by diagnosis and split: columns dx, split, images, all pairs."""
    pairs = pd.MultiIndex.from_product([labels_of(table["dx"]), SPLITS], names=["dx", "split"])
    counts = table.groupby(["dx", "split"]).size().reindex(pairs, fill_value=0)
    return counts.rename("images").reset_index()


def explore(table: pd.DataFrame) -> dict[str, Figure]:
    """Draw diagnoses, age, sex, site and images per lesion.

    Args:
        table: one row per image, as the stage split writes it.
    """
    return {
        "diagnoses": diagnoses_chart(table),
        "age": age_chart(table),
        "sex": categories_chart(table, "sex"),
        "localization": categories_chart(table, "localization"),
        "images_per_lesion": lesions_chart(table),
    }


def examples(table: pd.DataFrame, images: Path, rules: PictureRules) -> dict[str, Figure]:
    """Draw some images of each diagnosis, if images are drawn.

    Args:
        table: one row per image: image_id, lesion_id, dx.
        images: folder with <image_id>.<suffix>.
        rules: whether images are drawn.

    Returns:
        The figure `examples`, or nothing.
    """
    if not rules.drawn:
        return {}
    return {"examples": examples_chart(_examples(table, images), rules.title("Some images"))}


def _examples(table: pd.DataFrame, images: Path) -> dict[str, list[NDArray[Any]]]:
    """Read the first readable images of each diagnosis, each of another lesion."""
    files = image_files(images)
    lesions = table.drop_duplicates("lesion_id").sort_values("image_id")
    return {
        dx: list(islice(_readable(lesions.loc[lesions["dx"] == dx, "image_id"], files), EXAMPLES))
        for dx in labels_of(table["dx"])
    }


def _readable(image_ids: pd.Series, files: dict[str, Path]) -> Iterator[NDArray[Any]]:
    for image_id in image_ids:
        with suppress(DataError):  # preprocess counts and names them
            yield read_image(files.get(image_id, Path(image_id)), EXAMPLE_SIZE, "squash")
