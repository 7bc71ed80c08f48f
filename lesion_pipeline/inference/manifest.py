"""What is known about the predictions."""

from pathlib import Path
from typing import Final

from lesion_pipeline.core.labels import LesionRule
from lesion_pipeline.core.results import Result
from lesion_pipeline.inference.params import Copies

PREDICTION_MANIFEST: Final = "manifest.json"
WHOLE_VAL: Final = "whole_val"  # of a cross-fitted network: val as the whole network predicts it


class PredictionManifest(Result):
    """How `predict` made its tables.

    Attributes:
        tta: copies of each image whose predictions were averaged.
        lesions: how a lesion with several images is predicted from them.
        unreadable: by collection in data/external, the images that could not be read, and why.
    """

    tta: Copies
    lesions: LesionRule
    unreadable: dict[str, dict[str, str]]


def verified_predictions(folder: Path) -> Path:
    """Return the file with the predictions of val by the whole network, in a folder of `predict`.

    They are val.csv, unless that has predictions by members that were trained on other folds.
    """
    whole = folder / f"{WHOLE_VAL}.csv"
    return whole if whole.exists() else folder / "val.csv"
