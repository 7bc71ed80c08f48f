"""Facts of a split: how it was made, and what is in each part."""

from typing import Any

from lesion_pipeline.core.results import Count, Result
from lesion_pipeline.splitting.params import SplitParams


class Counts(Result):
    """How many images and lesions."""

    images: Count
    lesions: Count


class Merged(Result):
    """Lesions given as the same: the pairs, and how many ids were replaced by another."""

    pairs: Count
    ids_gone: Count


class SplitSummary(Result):
    """How a collection was divided.

    Attributes:
        params: the parameters that it was made with.
        malignant: the diagnoses whose label is 1.
        counts: by split and class.
        positive_weight: benign / malignant images of train.
        merged: lesions that were given as the same.
        lesion_ids: of each split, sorted.
    """

    params: SplitParams
    malignant: tuple[str, ...]
    counts: dict[str, dict[str, Counts]]
    positive_weight: float
    merged: Merged
    lesion_ids: dict[str, tuple[str, ...]]

    def metrics(self) -> dict[str, Any]:
        """Return the figures for people, as JSON."""
        return self.model_dump(mode="json", include={"counts", "positive_weight", "merged"})
