"""Folds of images for cross-fitting: each lesion is in one of them, diagnoses are spread evenly."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lesion_pipeline.core.errors import DataError
from lesion_pipeline.core.labels import CLASSES, LABEL
from lesion_pipeline.splitting.divide import fold_numbers


def fold_of_images(images: pd.DataFrame, folds: int, seed: int) -> NDArray[np.int64]:
    """Return the fold of each image (images,), 1 to `folds`, in the order of `images`.

    The lesions, sorted by id, are divided by their diagnosis. Ids that name the same lesion were
    merged by the stage split, so such images are in one fold too.

    Args:
        images: one row per image: lesion_id, dx, label (0 or 1).
        folds: how many, at least 2.
        seed: of the division; the order of the rows makes no difference.

    Raises:
        DataError: there are too few lesions, or a fold has no lesion of a class; names them.
    """
    strata = images.groupby("lesion_id")["dx"].first().sort_index()
    number = pd.Series(fold_numbers(strata, folds, seed) + 1, index=strata.index)
    found = images["lesion_id"].map(number).to_numpy(np.int64)
    for fold in range(1, folds + 1):
        labels = images.loc[found == fold, LABEL]
        for label, name in enumerate(CLASSES):
            if not (labels == label).any():
                raise DataError(f"fold {fold} of {folds} has no {name} lesion: use fewer folds")
    return found
