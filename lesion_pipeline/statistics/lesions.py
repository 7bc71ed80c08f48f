"""From predictions for images to predictions for lesions."""

import pandas as pd

from lesion_pipeline.core.errors import DataError, listed
from lesion_pipeline.core.labels import LABEL, PROBABILITY, LesionRule


def by_lesion(predictions: pd.DataFrame, rule: LesionRule) -> pd.DataFrame:
    """Return one probability for each lesion.

    Args:
        predictions: one row per image: lesion_id, label (0 or 1), probability (0 to 1).
        rule: mean: of the probabilities of its images; max: the highest of them, so that a lesion
            is called malignant if one of its images is.

    Returns:
        One row per lesion, by lesion_id: lesion_id, label, probability.

    Raises:
        DataError: an image has no lesion_id, or a lesion has two labels; names them.
    """
    nameless = int(predictions["lesion_id"].isna().sum())
    if nameless:
        raise DataError(f"predictions: lesion_id is missing for {nameless} images")
    groups = predictions.groupby("lesion_id", sort=True)
    labels = groups[LABEL].nunique()
    if (labels > 1).any():
        raise DataError(f"lesion with two labels: {listed(labels.index[labels > 1])}")
    return groups.agg({LABEL: "first", PROBABILITY: rule}).reset_index()
