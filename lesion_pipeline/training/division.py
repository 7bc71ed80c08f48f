"""Which images a network is trained on, and which it is scored on after each epoch."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lesion_pipeline.records.index import RecordIndex


@dataclass(frozen=True, eq=False)
class Division:
    """Images to train on and others to score on; no lesion is on both sides.

    The tables are rows of `RecordIndex.rows`: one per image, with dx, label, split and row.

    Attributes:
        trained: the images to train on.
        held_out: the images to score on.
        weighed: the images whose diagnoses give the weights of the classes. Members of one
            training share them, so that all members' outputs are corrected alike.
    """

    trained: pd.DataFrame
    held_out: pd.DataFrame
    weighed: pd.DataFrame

    @classmethod
    def of_splits(cls, records: RecordIndex) -> Self:
        """Train on train, score on val."""
        train = records.rows(["train"])
        return cls(train, records.rows(["val"]), train)

    @classmethod
    def of_fold(cls, images: pd.DataFrame, folds: NDArray[np.int64], held_out: int) -> Self:
        """Train on all folds but one, and score on that.

        Args:
            images: rows of `RecordIndex.rows`.
            folds: int64 (images,), the fold of each image.
            held_out: the one to score on.
        """
        return cls(
            trained=images[folds != held_out].reset_index(drop=True),
            held_out=images[folds == held_out].reset_index(drop=True),
            weighed=images,
        )


def folded_splits(distilled: bool) -> Sequence[str]:
    """Return the splits whose images are divided into folds.

    Val is one of them, unless one network learns from what the members predict: val is then what
    that network is scored on, and nothing that it learns from may have seen val.
    """
    return ("train",) if distilled else ("train", "val")
